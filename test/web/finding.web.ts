// Finding one actor among many, and what it asked of the world: filters with an address, views with a name, prompts, memory, the family, the log by its causes.
import { expect } from 'vitest'
import { actorPath } from './gateway.ts'
import { makeSchedule, pausedAt, test, type Reader } from './reader.ts'

const pollMs = { timeout: 20_000 }
const rowsSel = 'table[aria-label=Actors] tbody tr'

interface Listed {
  readonly actor: string
}

/** One that has called a model. */
async function agentOf({ gateway }: Reader): Promise<string> {
  const { rows } = await gateway.get<{ readonly rows: readonly Listed[] }>('/actors?type=agent-*&sort=cost&limit=1')
  const [first] = rows
  if (!first) throw new Error('no agent has called a model')
  return first.actor
}

test('actors are found by state, the address says so, and a saved view opens the same for somebody else', async ({ reader }) => {
  const actor = await makeSchedule(reader, 'to-be-found')
  const page = await reader.open('/agents')
  const filter = page.getByLabel(/^Filter, such as/)
  await filter.fill('type:schedule state:set.waiting to-be-found')
  await filter.press('Enter')
  await expect.poll(() => page.locator(rowsSel).count(), pollMs).toBe(1)
  expect(new URL(page.url()).searchParams.get('state')).toBe('set.waiting')
  await page.getByRole('button', { name: 'Save view' }).click()
  await page.getByLabel('Name of the view').fill('the one')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const other = await reader.open('/agents')
  await other.locator('.saved-view a', { hasText: 'the one' }).click()
  await other.locator(`${rowsSel} a[href$="${actor}"]`).waitFor()
  await expect.poll(() => other.locator(rowsSel).count(), pollMs).toBe(1)
  await other.getByRole('button', { name: 'Delete the view the one' }).click()
  await other.getByRole('button', { name: 'Save view' }).waitFor()
  await filter.fill('state:set.paused to-be-found')
  await filter.press('Enter')
  await page.getByText('No actor fits').waitFor()
})

test('an agent shows its prompts and answers, each a moment to go to; what it found; and its supervisor', async ({ reader }) => {
  const actor = await agentOf(reader)
  const page = await reader.open(`/agents/${actor}`)
  await page.getByRole('tab', { name: /^LLM/ }).click()
  const call = page.locator('.side .calls > li').first()
  await call.locator('summary').click()
  await call.locator('.said.user pre').first().waitFor()
  expect(await call.locator('.said').count()).toBeGreaterThan(1)
  await call.getByRole('button', { name: /^turn \d+/ }).click()
  await page.waitForURL(/@\d+$/)
  await page.getByRole('tab', { name: /^Memory/ }).click()
  await page.locator('.hits li code').first().waitFor()
  await page.getByRole('tab', { name: /^Children/ }).click()
  await page.locator('.family [aria-current=true]').waitFor()
  expect(await page.locator('.family a').first().getAttribute('href')).toMatch(/^\/agents\/main\/task\//)
})

test('the log is narrowed by event and put under its causes, and an event is sent by its form and remembered', async ({ reader }) => {
  const actor = await makeSchedule(reader, 'narrowed')
  const page = await reader.open(`/agents/${actor}`)
  await page.getByRole('tab', { name: /^Event log/ }).click()
  await page.locator('.log-row').first().waitFor()
  await page.getByLabel('Only this event').selectOption('schedule.pause')
  await expect.poll(() => page.locator('.log-row').count(), pollMs).toBe(1)
  expect(await page.locator('.log-row span').first().innerText()).toBe(String(pausedAt))
  await page.getByRole('button', { name: 'By cause' }).click()
  await page.locator('.log-row.cause').waitFor()
  await page.getByRole('button', { name: 'Send event' }).click()
  const dialog = page.locator('dialog[aria-label="Send an event"]')
  await dialog.getByLabel('Event').first().selectOption('schedule.pause')
  await dialog.getByRole('button', { name: 'Dry run' }).click()
  await dialog.locator('.would').waitFor()
  await dialog.getByRole('button', { name: 'Send', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Send event' }).click()
  await dialog.getByLabel('Take one that was saved or sent').locator('option', { hasText: 'schedule.pause' }).waitFor({ state: 'attached' })
  expect(await reader.gateway.get<{ readonly turn: number }>(actorPath(actor))).toMatchObject({ value: { set: 'paused' } })
})
