// The page for everybody: the rules of WCAG 2.2 AA that a program can check, 320 pixels, no motion for whoever wants none.
import { describe, expect } from 'vitest'
import { checkThemes } from './faults.ts'
import { actorPath } from './gateway.ts'
import { makeSchedule, openView, test, viewNames } from './reader.ts'

describe.each(viewNames)('the view %s', (name) => {
  test('breaks no rule of WCAG 2.2 AA, neither dark nor light', async ({ reader }) => {
    const { page } = await openView(reader, name, { calm: true })
    await page.waitForLoadState('networkidle') // all that it asks for at first is there
    await checkThemes(page)
  })

  test('is as wide as a screen of 320 pixels', async ({ reader }) => {
    const { page } = await openView(reader, name, { width: 320, height: 640 })
    await page.waitForLoadState('networkidle')
    const widest = await page.evaluate<number>('document.documentElement.scrollWidth')
    expect(widest).toBeLessThanOrEqual(320)
  })
})

test('a transition moves on the chart, and stands still for whoever wants no motion', async ({ reader }) => {
  const actor = await makeSchedule(reader, 'moving')
  const pages = await Promise.all([false, true].map((calm) => reader.open(`/agents/${actor}`, { calm })))
  for (const page of pages) {
    await page.locator('troupe-chart .state.active').first().waitFor()
    await page.locator('.live-line.live').waitFor()
    await page.evaluate(`
      globalThis.moved = 0
      new MutationObserver((changes) => {
        for (const { addedNodes } of changes) for (const node of addedNodes) if (node.matches?.('.comet, .ring')) globalThis.moved++
      }).observe(document.querySelector('troupe-chart svg'), { childList: true, subtree: true })`)
  }
  const [moving, calm] = pages
  let isPaused = false
  // What follows within a second, on the last turn shown at the opening too, is not shown moving: each event comes later than that.
  const next = async (): Promise<unknown> => {
    isPaused = !isPaused
    await reader.gateway.post(`${actorPath(actor)}/events`, { event: { type: isPaused ? 'schedule.pause' : 'schedule.resume' } })
    return moving?.evaluate('globalThis.moved')
  }
  await expect.poll(next, { interval: 2_000, timeout: 30_000 }).toBeGreaterThan(0)
  const now = isPaused ? 'paused' : 'waiting'
  for (const page of pages) await expect.poll(() => page.locator('.agent-state').innerText(), { timeout: 20_000 }).toBe(now)
  expect(await calm?.evaluate('[globalThis.moved, document.getAnimations().length]')).toEqual([0, 0])
})
