// A tab that is left open for a day: its clock is put forward by hours, its gateway dies again and again, its key ends; traffic goes on.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { actorPath } from './gateway.ts'
import { guardedGateway } from './other-gateway.ts'
import { makeSchedule, test, type Reader } from './reader.ts'
import { tabMemory } from './tab-cost.ts'

const hours = 26
const hourMs = 3_600_000
const pollMs = { timeout: 40_000 }
const heapGrowthMbMax = 20

interface Key {
  readonly id: string
  readonly key: string
}

const keyOf = ({ gateway }: Reader, name: string): Promise<Key> => gateway.post<Key>('/keys', { name, roles: ['viewer'], tenant: '*' })
const stateShown = (page: Page): Promise<string> => page.locator('.agent-state').innerText()

const send = ({ gateway }: Reader, actor: string, type: string): Promise<unknown> =>
  gateway.post(`${actorPath(actor)}/events`, { event: { type } })

test(
  `a tab that is open for ${hours} hours shows what is, asks who it is for when its key has ended, and does not grow`,
  { timeout: 240_000 },
  async ({ reader }) => {
    const actor = await makeSchedule(reader, 'a-day')
    const keys = await Promise.all([keyOf(reader, 'morning'), keyOf(reader, 'evening')])
    const gateway = await guardedGateway(reader.stage)
    const page = await reader.open(`/agents/${actor}`, { url: gateway.url, key: keys[0]?.key ?? '', ownClock: true })
    await page.locator('.live-line.live').waitFor()
    await page.locator('troupe-chart .state.active').first().waitFor()
    const before = await tabMemory(page)
    for (let hour = 1; hour <= hours; hour++) {
      await page.clock.fastForward(hourMs)
      const [event, state] = hour % 2 === 1 ? (['schedule.pause', 'paused'] as const) : (['schedule.resume', 'waiting'] as const)
      if (hour % 5 === 0) await gateway.kill()
      await send(reader, actor, event) // by the stage's own gateway
      if (hour % 5 === 0) await gateway.start()
      if (hour === 12) {
        await revoke(reader, keys[0]?.id ?? '')
        await signIn(reader, page, { actor, key: keys[1]?.key ?? '' })
      } else await expect.poll(() => stateShown(page), pollMs).toBe(state)
    }
    const { turn } = await reader.gateway.get<{ readonly turn: number }>(actorPath(actor))
    await page.getByRole('tab', { name: /^Event log/ }).click()
    await page.locator('.log-row').first().waitFor()
    await expect.poll(() => page.locator('.log-tools').innerText(), pollMs).toContain(`${turn} of ${turn} turns`) // none was missed
    const after = await tabMemory(page)
    console.log(`measured: ${hours} hours of a tab: heap ${before.heapMb} → ${after.heapMb} MB, nodes ${before.nodes} → ${after.nodes}`)
    expect(after.heapMb - before.heapMb).toBeLessThan(heapGrowthMbMax)
    expect(await page.locator('.log-row').first().innerText()).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d/) // to the reader that was yesterday
    reader.forgive(/net::ERR_|WebSocket connection|401|403/)
  },
)

const revoke = async ({ stage }: Reader, id: string): Promise<void> => {
  const { status } = await fetch(`${stage.url}/v1/keys/${id}`, { method: 'DELETE' })
  expect(status).toBe(200)
}

/** The key it came with has ended: the next thing it asks for is refused, and it asks who it is. */
async function signIn(reader: Reader, page: Page, { actor, key }: { readonly actor: string; readonly key: string }): Promise<void> {
  const field = page.getByLabel('Token or key')
  await expect
    .poll(async () => {
      if (await field.isVisible()) return true
      await page.clock.fastForward(60_000)
      await send(reader, actor, 'schedule.describe')
      return false
    }, pollMs)
    .toBe(true)
  await field.fill(key)
  await page.keyboard.press('Enter')
  await page.locator('.live-line.live').waitFor(pollMs)
  await expect.poll(() => stateShown(page), pollMs).toBe('waiting')
}
