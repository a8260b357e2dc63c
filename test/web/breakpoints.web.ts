// Breakpoints of a whole type, set on the machine's page of a real system: an actor that is made afterwards stands still there.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { checkThemes } from './faults.ts'
import { actorPath } from './gateway.ts'
import { guardedGateway } from './other-gateway.ts'
import { test, type Reader } from './reader.ts'

const pollMs = { timeout: 20_000 }
const paused = 'troupe-chart .state[data-id="schedule.set.paused"]'
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) })
const partOf = (page: Page) => page.getByRole('region', { name: 'Breakpoints of the type' })

/** A test that failed leaves none for the next one. */
const clear = ({ stage: { url } }: Reader): Promise<unknown> =>
  fetch(`${url}/v1/machines/schedule/breakpoints`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ breakpoints: [] }),
  })

interface Debugged {
  readonly hold?: { readonly held: boolean; readonly by: string; readonly hit?: { readonly breakpoint: string } }
}

async function pausedSchedule({ gateway }: Reader, key: string): Promise<string> {
  const actor = `main/schedule/${key}`
  const when = { everyMs: 36_000_000 }
  for (const event of [
    { type: 'schedule.set', target: 'main/conversation/nobody', event: { type: 'conversation.read' }, when },
    { type: 'schedule.pause' },
  ])
    await gateway.post(`${actorPath(actor)}/events`, { event })
  return actor
}

const holdOf = async ({ gateway }: Reader, actor: string): Promise<Debugged['hold']> =>
  (await gateway.get<Debugged>(actorPath(actor)).catch((): Debugged => ({}))).hold

test('with keys alone: b on a state stops an actor that is made later there, and taking all away stops nobody', async ({ reader }) => {
  await clear(reader)
  const page = await reader.open('/machines/schedule')
  await page.locator(`${paused} .head`).first().waitFor()
  await page.locator('troupe-chart svg').first().focus()
  for (const key of ['ArrowDown', 'Alt+ArrowRight', 'ArrowDown', 'Alt+ArrowRight', 'ArrowDown', 'b']) await page.keyboard.press(key)
  await page.locator(`${paused}.stops`).first().waitFor()
  await expect.poll(() => partOf(page).innerText(), pollMs).toMatch(/set\.paused\s+by \S+, until \d/)
  const actor = await pausedSchedule(reader, 'stopped-by-type')
  await expect.poll(() => holdOf(reader, actor), pollMs).toMatchObject({ held: true, hit: { breakpoint: 'state schedule.set.paused' } })
  await button(page, 'Take all away').focus()
  await page.keyboard.press('Enter')
  await expect.poll(() => partOf(page).innerText(), pollMs).toContain('None.')
  expect(await page.locator(`${paused}.stops`).count()).toBe(0)
  await reader.gateway.post(`${actorPath(actor)}/debug`, { type: '@release' })
  const other = await pausedSchedule(reader, 'not-stopped-by-type')
  await expect
    .poll(async () => (await reader.gateway.get<{ readonly turn: number }>(actorPath(other))).turn, pollMs)
    .toBeGreaterThanOrEqual(3)
  expect(await holdOf(reader, other)).toBeUndefined()
})

test('a selected transition offers to stop before its event, and what stands is taken away one by one', async ({ reader }) => {
  await clear(reader)
  const page = await reader.open('/machines/schedule')
  await page.locator('troupe-chart [data-edge="schedule.set.waiting|schedule.pause|0"] text').first().click()
  await button(page, /^Stop before schedule\.pause$/).click()
  await expect.poll(() => button(page, /^Stop before schedule\.pause$/).getAttribute('aria-pressed'), pollMs).toBe('true')
  const actor = await pausedSchedule(reader, 'stopped-before')
  await expect.poll(() => holdOf(reader, actor), pollMs).toMatchObject({ hit: { breakpoint: 'event schedule.pause' } })
  await button(page, 'Select nothing').first().click() // what steps back behind a selection is dim on purpose
  await checkThemes(page)
  await button(page, 'Do not stop at schedule.pause').click()
  await expect.poll(() => partOf(page).innerText(), pollMs).toContain('None.')
  await reader.gateway.post(`${actorPath(actor)}/debug`, { type: '@release' })
})

test('who may only look is told so, and nothing is set', async ({ reader }) => {
  await clear(reader)
  const { key } = await reader.gateway.post<{ readonly key: string }>('/keys', { name: 'looks-on', roles: ['viewer'], tenant: 'main' })
  const { url } = await guardedGateway(reader.stage)
  const page = await reader.open('/machines/schedule', { url, key })
  await page.locator(`${paused} .head`).first().click()
  await button(page, /^Stop at /).click()
  await page.getByText('That was refused').waitFor()
  expect(await partOf(page).innerText()).toContain('None.')
  reader.forgive(/breakpoints/)
})
