// A real tab on a system that works hard: bytes, frames, main thread, memory, and how old what it shows is; on the list of actors and on one of them.
import { setTimeout as wait } from 'node:timers/promises'
import { chromium, type Browser, type Page } from 'playwright-core'
import { countingProxy } from './inspect-processes.ts'
import { gatewayAt } from '../test/web/gateway.ts'
import { startLoad } from '../test/web/load.ts'
import { chromiumFlags, findChromium, startSystem, type System } from '../test/web/system.ts'
import { agesOf, tabCost, tabMemory, watchAges } from '../test/web/tab-cost.ts'

export interface BrowserPlan {
  /** Events a second. */
  readonly rate: number
  readonly actors: number
  readonly watchMs: number
  say(figure: object): void
}

const agesMs = 10_000
const settleMs = 3_000

export async function browserFigures({ rate, actors, watchMs, say }: BrowserPlan): Promise<void> {
  const executablePath = findChromium()
  await using ends = new AsyncDisposableStack()
  const system = await startSystem({ tasksMax: 1 })
  ends.defer(() => system.stop())
  const browser = await chromium.launch({ executablePath, args: chromiumFlags })
  ends.defer(() => browser.close())
  const load = await startLoad(system, { actors, perSecond: rate })
  ends.defer(() => load.stop())
  await wait(settleMs)
  const one = load.actors[7] ?? ''
  const paths = { fleet: '/fleet', agents: '/agents?type=schedule', agent: `/agents/${one}` }
  for (const [view, path] of Object.entries(paths)) {
    const proxy = await countingProxy(Number(new URL(system.url).port))
    const page = await openTab(browser, `http://127.0.0.1:${proxy.port}`, path)
    await wait(settleMs)
    proxy.counted.bytes = 0
    const [before, from] = [await tabMemory(page), await turnsOf(system)]
    const cost = await tabCost(page, watchMs)
    const turns = (await turnsOf(system)) - from
    say({
      case: 'browser',
      view,
      turnsPerSecond: Math.round((turns * 1_000) / watchMs),
      wireKBs: short(proxy.counted.bytes / cost.seconds / 1_000),
      textKBs: short(cost.frameBytes / cost.seconds / 1_000),
      ...cost,
      heapGrowthMb: short(cost.heapMb - before.heapMb),
    })
    await page.context().close()
    proxy.close()
    const watched = await openTab(browser, system.url, path, watchAges)
    await wait(settleMs)
    await agesOf(watched)
    await wait(agesMs)
    say({ case: 'browser', view, ageMs: await agesOf(watched) })
    await watched.context().close()
  }
}

async function openTab(browser: Browser, url: string, path: string, script?: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  if (script !== undefined) await context.addInitScript(script)
  const page = await context.newPage()
  await page.goto(url + path)
  await page.locator('.live-line.live').waitFor()
  return page
}

/** Since the workers began. */
async function turnsOf({ url }: System): Promise<number> {
  const { workers } = await gatewayAt(url).get<{ readonly workers: readonly { readonly load: { readonly turns: number } }[] }>('/fleet')
  return workers.reduce((sum, { load }) => sum + load.turns, 0)
}

const short = (value: number): number => Number(value.toFixed(2))
