// Much of it: a log of ten thousand turns, a context of a megabyte, half as many pixels, few colours.
import { describe, expect } from 'vitest'
import { connectNats } from '../../runtime/nats/index.ts'
import { checkThemes, faultsOf } from './faults.ts'
import { actorPath, type Rows } from './gateway.ts'
import { makeSchedule, openView, pausedAt, test, viewNames, type Reader } from './reader.ts'
import { tabMemory } from './tab-cost.ts'

const turnsMin = 10_000
const rowsDrawnMax = 120
const pagesMax = 120
const nodesMax = 30_000
const pollMs = { timeout: 60_000 }

/** Its history, as far as the projector has come. */
async function longHistory({ stage, gateway }: Reader, actor: string): Promise<number> {
  const connection = await connectNats({ servers: stage.nats, name: 'test:web' })
  const subject = `troupe.send.${actor.replaceAll('/', '.')}`
  for (let n = 0; n < turnsMin; n++)
    connection.publish(subject, JSON.stringify({ type: n % 2 === 0 ? 'schedule.pause' : 'schedule.resume' }))
  await connection.drain()
  const lastOf = async (): Promise<number> =>
    (await gateway.get<Rows<{ readonly turn: number }>>(`${actorPath(actor)}/history?limit=1`)).rows[0]?.turn ?? 0
  await expect.poll(lastOf, pollMs).toBeGreaterThan(turnsMin)
  return lastOf()
}

test(
  `a log of ${turnsMin} turns can be gone through to its beginning; only what is in sight is drawn`,
  { timeout: 180_000 },
  async ({ reader }) => {
    const actor = await makeSchedule(reader, 'long')
    const turns = await longHistory(reader, actor)
    const page = await reader.open(`/agents/${actor}`)
    await page.getByRole('tab', { name: /^Event log/ }).click()
    await page.locator('.log-row').first().waitFor()
    const older = page.getByRole('button', { name: 'Load older', exact: true })
    const known = async (): Promise<number> =>
      Number((await page.locator('.log-tools').innerText()).replaceAll(',', '').match(/(\d+) of/)?.[1])
    for (let n = 0; n < pagesMax && (await older.isVisible()); n++) {
      const before = await known()
      await older.click()
      await expect.poll(known, pollMs).toBeGreaterThan(before)
    }
    expect(await known()).toBe(turns)
    expect(await page.locator('.log-row').count()).toBeLessThan(rowsDrawnMax)
    await page.locator('.log-rows').focus()
    await page.keyboard.press('Home')
    await page.waitForURL(`**/agents/${actor}@1`)
    await page.locator('.log-row', { hasText: 'schedule.set' }).first().waitFor()
    await checkThemes(page)
  },
)

test(
  'a context of a megabyte does not stop the page: it is shown in part, and can be gone through',
  { timeout: 120_000 },
  async ({ reader }) => {
    const actor = await makeSchedule(reader, 'megabyte')
    // The gateway tells of 64 kB at most, and no actor here has more; a page should bear another gateway.
    const rows = Array.from({ length: 5_000 }, (_, n) => ({ n, words: 'of a row '.repeat(10) }))
    const context = { text: 'abcdefgh '.repeat(60_000), rows }
    const page = await reader.open('/fleet')
    await page.route(/\/v1\/actors\/[^/?]+(\/moments\/\d+)?$/, async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...(await answer.json()), context } })
    })
    const from = Date.now()
    await page.goto(`${reader.stage.url}/agents/${actor}@${pausedAt}`)
    await page.locator('troupe-chart .state.active').first().waitFor()
    await page.locator('.side .diff').first().waitFor()
    const { nodes, heapMb } = await tabMemory(page)
    console.log(`measured: a context of ${JSON.stringify(context).length} bytes: ${Date.now() - from} ms, ${nodes} nodes, ${heapMb} MB`)
    expect(nodes).toBeLessThan(nodesMax)
    await page.getByRole('button', { name: 'The turn before', exact: true }).click()
    await page.waitForURL(`**/agents/${actor}@${pausedAt - 1}`)
  },
)

/** The browser's own, which axe takes for the page's: it reads the colour that the page would have. */
const colours = ['color-contrast']

describe.each(viewNames)('the view %s', (name) => {
  test('at 200 % and in forced colours is no wider than the screen, and breaks no rule', async ({ reader }) => {
    const { page } = await openView(reader, name, { width: 720, height: 450, scale: 2, calm: true, forcedColors: true })
    await page.waitForLoadState('networkidle')
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(720)
    expect(await faultsOf(page, colours)).toEqual([])
  })
})

test('in forced colours one still sees which states are active', async ({ reader }) => {
  const { page } = await openView(reader, 'agent', { forcedColors: true })
  const drawn = await page.evaluate<readonly string[]>(`['.state.active', '.state:not(.active)'].map((which) => {
    const style = getComputedStyle(document.querySelector('troupe-chart ' + which + ' rect'))
    return [style.stroke, style.strokeWidth, style.fill].join(' ')
  })`)
  expect(drawn[0]).not.toBe(drawn[1])
})
