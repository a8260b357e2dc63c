// A tab while much happens: what reaches it is bounded, hidden or visible; one that stood still shows at once what is.
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { actorPath } from './gateway.ts'
import { startLoad } from './load.ts'
import { makeSchedule, test, type Reader } from './reader.ts'
import { tabCost, tabMemory } from './tab-cost.ts'

const plan = { actors: 200, perSecond: 1_000 }
const watchMs = 6_000
/** Ten, and what had gathered on the way when the count began. */
const framesPerSecondMax = 11
const hiddenFramesPerSecondMax = 1.5
const heapGrowthMbMax = 20
const stallMs = 6_000
const pollMs = { timeout: 20_000 }

const said = (what: string, figures: object): void => console.log(`measured: ${what}: ${JSON.stringify(figures)}`)

async function underLoad(reader: Reader, run: (actors: readonly string[]) => Promise<void>): Promise<void> {
  const load = await startLoad(reader.stage, plan)
  try {
    await run(load.actors)
  } finally {
    await load.stop()
  }
}

/** As if another tab were in front: what the page does then is its own. */
const setHidden = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate<void>(`
    Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} })
    document.dispatchEvent(new Event('visibilitychange'))`)

test(
  `while ${plan.perSecond} events a second happen a tab gets ten frames a second of a topic at most, and keeps little`,
  { timeout: 120_000 },
  async ({ reader }) => {
    await underLoad(reader, async (actors) => {
      for (const path of ['/agents?type=schedule', `/agents/${actors[0]}`, '/fleet']) {
        const page = await reader.open(path)
        await page.locator('.live-line.live').waitFor()
        await wait(1_000) // its first answers are no part of it
        const before = await tabMemory(page)
        const cost = await tabCost(page, watchMs)
        said(`a tab on ${path}`, cost)
        expect(cost.frames).toBeGreaterThan(0)
        expect(cost.framesPerSecond).toBeLessThanOrEqual(framesPerSecondMax)
        expect(cost.heapMb - before.heapMb).toBeLessThan(heapGrowthMbMax)
        await page.close()
      }
    })
  },
)

test('a hidden tab gets a frame a second, and shows what is once it is looked at', { timeout: 120_000 }, async ({ reader }) => {
  const actor = await makeSchedule(reader, 'behind-others')
  const page = await reader.open(`/agents/${actor}`)
  const list = await reader.open('/agents?type=schedule')
  for (const one of [page, list]) await one.locator('.live-line.live').waitFor()
  await underLoad(reader, async () => {
    await setHidden(list, true)
    await wait(1_000)
    const hidden = await tabCost(list, watchMs)
    said('a hidden tab', hidden)
    expect(hidden.framesPerSecond).toBeLessThanOrEqual(hiddenFramesPerSecondMax)
    await setHidden(list, false)
    await wait(1_000)
    expect((await tabCost(list, watchMs)).frames).toBeGreaterThan(hidden.frames)
  })
  await setHidden(page, true)
  await reader.gateway.post(`${actorPath(actor)}/events`, { event: { type: 'schedule.pause' } })
  await setHidden(page, false)
  await expect.poll(() => page.locator('.agent-state').innerText(), pollMs).toBe('paused')
})

test('a tab whose script stood still for seconds shows what is, and stays live', { timeout: 120_000 }, async ({ reader }) => {
  const actor = await makeSchedule(reader, 'stalled')
  const page = await reader.open(`/agents/${actor}`)
  await page.locator('.live-line.live').waitFor()
  await underLoad(reader, async () => {
    const stalled = page.evaluate<void>(`{ const until = performance.now() + ${stallMs}; while (performance.now() < until); }`)
    for (const type of ['schedule.pause', 'schedule.resume', 'schedule.pause'])
      await reader.gateway.post(`${actorPath(actor)}/events`, { event: { type } })
    await stalled
    const from = Date.now()
    await expect.poll(() => page.locator('.agent-state').innerText(), pollMs).toBe('paused')
    said('after a stall', { currentAfterMs: Date.now() - from })
    await page.locator('.live-line.live').waitFor()
  })
})
