// Two runs on one chart: a real actor is forked from its page, goes another way, and is compared with its original.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { checkThemes } from './faults.ts'
import { actorPath } from './gateway.ts'
import { makeSchedule, pausedAt, test, type Reader } from './reader.ts'

const pollMs = { timeout: 20_000 }
const chart = 'troupe-chart svg .world'
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const addressOf = (a: string, b: string): string => `/compare?${new URLSearchParams({ a, b }).toString()}`

/** Its original was paused, resumed and described from there on; it is cancelled. */
async function forkOf(reader: Reader, actor: string): Promise<string> {
  const { gateway } = reader
  const { fork } = await gateway.post<{ readonly fork: string }>(`${actorPath(actor)}/fork`, { turn: pausedAt, unrecorded: 'real' })
  await gateway.post(`${actorPath(fork)}/events`, { event: { type: 'schedule.delete' } })
  await expect
    .poll(async () => (await gateway.get<{ readonly last: number }>(`${actorPath(fork)}/history`)).last, pollMs)
    .toBeGreaterThanOrEqual(2)
  return fork
}

test('a fork is compared with its original: where they part, which way each went, and the way to both moments', async ({ reader }) => {
  const actor = await makeSchedule(reader, 'compared')
  const fork = await forkOf(reader, actor)
  const page = await reader.open(`/agents/${fork}`)
  await button(page, 'Compare with its original').click()
  await page.waitForURL((url) => url.pathname === '/compare' && url.searchParams.get('b') === fork)
  await page.locator(chart).first().waitFor()
  expect(await page.locator('h1').innerText()).toBe('An original and its fork')
  const parting = page.getByRole('region', { name: 'Where they part' })
  expect(await parting.innerText()).toContain('A took schedule.resume, B took schedule.delete')
  await expect.poll(() => page.locator('.compare-item', { hasText: 'only in B' }).count(), pollMs).toBeGreaterThan(0)
  await expect.poll(() => page.locator('troupe-chart .mark.only-b').count(), pollMs).toBeGreaterThan(0)
  await parting.getByRole('link', { name: `A at turn ${pausedAt + 1}` }).click()
  await page.waitForURL(`**/agents/${actor}@${pausedAt + 1}`)
  await page.goBack()
  await page.locator(chart).first().waitFor()
})

test('with keys alone: a difference is chosen in the list, stands out on the chart, and is a row of the table', async ({ reader }) => {
  const actor = await makeSchedule(reader, 'compared-by-keys')
  const page = await reader.open(addressOf(actor, await forkOf(reader, actor)))
  await page.locator(chart).first().waitFor()
  const item = page.locator('.compare-item', { hasText: 'only in B' }).first()
  await item.focus()
  await page.keyboard.press('Enter')
  expect(await item.getAttribute('aria-pressed')).toBe('true')
  await page.locator('troupe-chart .chosen, troupe-chart .near').first().waitFor()
  await page.getByRole('tab', { name: /^States/ }).focus()
  await page.keyboard.press('ArrowRight')
  await page.getByRole('table', { name: 'Transitions of both runs' }).waitFor()
  await page.keyboard.press('ArrowRight')
  await page.getByRole('tab', { name: /^Context at the end/, selected: true }).waitFor()
})

test('two actors are chosen by their addresses; those of two types are refused with what to do', async ({ reader }) => {
  const actor = await makeSchedule(reader, 'compared-chosen')
  const page = await reader.open('/compare')
  await page.getByLabel('A', { exact: true }).fill(`${actor}@${pausedAt}`)
  await page.getByLabel('B', { exact: true }).fill(actor)
  await page.keyboard.press('Enter')
  await page.locator(chart).first().waitFor()
  expect(await page.getByRole('region', { name: 'Where they part' }).innerText()).toContain('A has taken no turn more')
  await page.goto(`${reader.stage.url}${addressOf(actor, 'main/coordinator/main')}`)
  await page.getByRole('alert').waitFor()
  expect(await page.getByRole('alert').innerText()).toContain('compare two actors of one type')
  reader.forgive(/compare/)
})

test('nothing in a comparison breaks a rule of WCAG 2.2 AA, nor is it wider than a narrow window', async ({ reader }) => {
  const actor = await makeSchedule(reader, 'compared-narrow')
  const fork = await forkOf(reader, actor)
  for (const path of ['/compare', addressOf(actor, fork)]) {
    const page = await reader.open(path, { calm: true })
    await page
      .locator(path === '/compare' ? 'form' : chart)
      .first()
      .waitFor()
    await page.waitForLoadState('networkidle')
    await checkThemes(page)
    await page.setViewportSize({ width: 320, height: 640 })
    await expect.poll(() => page.evaluate<number>('document.documentElement.scrollWidth'), pollMs).toBeLessThanOrEqual(320)
  }
})
