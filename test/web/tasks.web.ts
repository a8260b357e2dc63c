// Tasks in the hands of a person: given, answered, refused, ended. Whether it happened is asked of the API.
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { test, type Reader } from './reader.ts'

const pollMs = { timeout: 45_000 }
const documents = fileURLToPath(new URL('../../docs', import.meta.url))

interface Task {
  readonly status: string
  readonly answer?: string
  readonly reason?: string
}

const taskOf = ({ gateway }: Reader, id: string): Promise<Task> => gateway.get<Task>(`/tasks/${encodeURIComponent(id)}`)
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** A task that asks a person before anybody works on it, and its page. */
async function askingTask(reader: Reader, id: string): Promise<Page> {
  const task = {
    id,
    taskType: 'question',
    prompt: `What does ${id} need?`,
    root: documents,
    collection: 'docs',
    escalate: { always: true },
  }
  await reader.gateway.post('/tasks', task)
  const page = await reader.open(`/tasks/${id}`)
  await page.locator('.approval').first().waitFor({ timeout: 30_000 })
  return page
}

test('a task that is given on the page is worked on, and the page shows its end', { timeout: 90_000 }, async ({ reader }) => {
  const page = await reader.open('/tasks')
  await button(page, 'New task').click()
  const dialog = page.locator('dialog[aria-label="New task"]')
  await dialog.getByLabel('What is to be done').fill('Which tables of the project say how fast it is?')
  await dialog.getByLabel(/^Folder its agents may read/).fill(documents)
  await dialog.getByRole('button', { name: 'Submit', exact: true }).click()
  await page.waitForURL(/\/tasks\/[^?]+$/)
  const id = decodeURIComponent(new URL(page.url()).pathname.slice('/tasks/'.length))
  await page.locator('.page-head .badge', { hasText: /^completed$/i }).waitFor({ timeout: 60_000 })
  const task = await taskOf(reader, id)
  expect(task.status).toBe('completed')
  await expect
    .poll(async () => (await page.locator('main').innerText()).replaceAll(/\s+/g, ' '), pollMs)
    .toContain(task.answer?.replaceAll(/\s+/g, ' ').slice(0, 60))
  reader.forgive(/404 .*\/tasks\//) // the history knows it a moment later
})

test('what is approved goes on, to its end', { timeout: 90_000 }, async ({ reader }) => {
  const page = await askingTask(reader, 'to-approve')
  expect(['completed', 'failed', 'cancelled']).not.toContain((await taskOf(reader, 'to-approve')).status)
  await button(page, 'Approve').click()
  await page.locator('.toast', { hasText: 'Approved' }).waitFor()
  await expect.poll(async () => (await taskOf(reader, 'to-approve')).status, pollMs).toBe('completed')
  await page.locator('.approval').waitFor({ state: 'detached', timeout: 20_000 })
})

test('what a person answers is the answer', { timeout: 90_000 }, async ({ reader }) => {
  const page = await askingTask(reader, 'to-answer')
  await page.getByLabel(/^Your own answer/).fill('A person knows it better.')
  await button(page, 'Answer').click()
  await expect.poll(() => taskOf(reader, 'to-answer'), pollMs).toMatchObject({ status: 'completed', answer: 'A person knows it better.' })
})

test('what is denied ends, with the reason that was given', { timeout: 90_000 }, async ({ reader }) => {
  const page = await askingTask(reader, 'to-deny')
  await button(page, 'Deny…').click()
  await page.getByLabel(/^Why not/).fill('not today')
  await button(page, 'Deny it').click()
  await expect.poll(async () => (await taskOf(reader, 'to-deny')).status, pollMs).toMatch(/^(failed|cancelled)$/)
  expect(JSON.stringify(await taskOf(reader, 'to-deny'))).toContain('not today')
})

test('a task that is cancelled ends, and its page says why', { timeout: 90_000 }, async ({ reader }) => {
  const page = await askingTask(reader, 'to-cancel')
  await button(page, 'Cancel task').click()
  const dialog = page.locator('dialog[aria-label="Cancel task to-cancel"]')
  await dialog.getByLabel(/^Why/).fill('nobody needs it')
  await dialog.getByRole('button', { name: 'Cancel the task', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await expect.poll(async () => (await taskOf(reader, 'to-cancel')).status, pollMs).toBe('cancelled')
  await page.locator('.page-head .badge', { hasText: /^cancelled$/i }).waitFor({ timeout: 20_000 })
  await page.locator('main', { hasText: 'nobody needs it' }).waitFor()
})

test('a worker is drained from the page, keeps nothing, and works again when it is let', { timeout: 120_000 }, async ({ reader }) => {
  interface Fleet {
    readonly workers: readonly { readonly id: string; readonly owned: readonly number[] }[]
    readonly drained: readonly string[]
  }
  const fleet = () => reader.gateway.get<Fleet>('/fleet')
  const { workers } = await fleet()
  const id = workers.at(-1)?.id ?? ''
  const page = await reader.open('/fleet')
  await button(page, `Drain ${id}`).click()
  const dialog = page.locator('dialog')
  await dialog.getByRole('button', { name: 'Drain it', exact: true }).click()
  await expect.poll(fleet, pollMs).toMatchObject({ drained: [id] })
  await expect.poll(async () => (await fleet()).workers.find((one) => one.id === id)?.owned ?? [], pollMs).toEqual([])
  await dialog.locator('[role=status]', { hasText: 'It is empty' }).waitFor({ timeout: 30_000 })
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
  await dialog.waitFor({ state: 'detached' })
  await button(page, `Let ${id} work again`).click()
  await expect.poll(fleet, pollMs).toMatchObject({ drained: [] })
})
