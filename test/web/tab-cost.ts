// Tab cost
// What an open tab costs, as Chromium itself counts it: frames and what is in them, how long its main thread works, memory.
// Nothing is put into the page for that; how old what it shows is, `agesOf` asks at another time.
import { setTimeout as wait } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'

export interface TabCost {
  readonly seconds: number
  /** Of all frames of the WebSocket, as text; it is sent compressed. */
  readonly frameBytes: number
  readonly frames: number
  /** Of the topic that has most. */
  readonly framesPerSecond: number
  /** Processor time of the main thread: of all its work, and of scripts, styles and layout in it. */
  readonly busyShare: number
  readonly scriptShare: number
  readonly styleShare: number
  readonly layoutShare: number
  readonly heapMb: number
  readonly nodes: number
}

export async function tabCost(page: Page, ms: number): Promise<TabCost> {
  const session = await page.context().newCDPSession(page)
  const heard = { frameBytes: 0, frames: 0 }
  const topics = new Map<string, number>()
  await session.send('Network.enable')
  session.on('Network.webSocketFrameReceived', ({ response: { payloadData } }) => {
    heard.frames++
    heard.frameBytes += Buffer.byteLength(payloadData)
    const topic = /"topic":"([^"]*)"/.exec(payloadData)?.[1]
    if (topic !== undefined) topics.set(topic, (topics.get(topic) ?? 0) + 1)
  })
  await session.send('Performance.enable', { timeDomain: 'threadTicks' }) // its processor time: not what others on this machine took from it
  const [before, from] = [await metricsOf(session), performance.now()]
  await wait(ms)
  const [after, to] = [await metricsOf(session), performance.now()]
  const lasted = (to - from) / 1_000
  const share = (name: string): number => Number((((after.get(name) ?? 0) - (before.get(name) ?? 0)) / lasted).toFixed(4))
  const { heapMb, nodes } = await memoryOf(session)
  await session.detach()
  return {
    seconds: Number(lasted.toFixed(1)),
    ...heard,
    framesPerSecond: Number((Math.max(0, ...topics.values()) / lasted).toFixed(1)),
    busyShare: share('TaskDuration'),
    scriptShare: share('ScriptDuration'),
    styleShare: share('RecalcStyleDuration'),
    layoutShare: share('LayoutDuration'),
    heapMb,
    nodes,
  }
}

/** After a garbage collection. */
export async function tabMemory(page: Page): Promise<{ readonly heapMb: number; readonly nodes: number }> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const memory = await memoryOf(session)
  await session.detach()
  return memory
}

async function memoryOf(session: CDPSession): Promise<{ readonly heapMb: number; readonly nodes: number }> {
  await session.send('HeapProfiler.collectGarbage')
  const metrics = await metricsOf(session)
  return { heapMb: Number(((metrics.get('JSHeapUsedSize') ?? 0) / 1e6).toFixed(1)), nodes: metrics.get('Nodes') ?? 0 }
}

async function metricsOf(session: CDPSession): Promise<ReadonlyMap<string, number>> {
  const { metrics } = await session.send('Performance.getMetrics')
  return new Map(metrics.map(({ name, value }) => [name, value]))
}

/** To be run in a page before its own script: notes how old the newest that a frame tells is once it is painted. */
export const watchAges = `
  globalThis.ages = []
  const Plain = WebSocket
  globalThis.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given)
      this.addEventListener('message', ({ data }) => {
        const { rows = [], events = [] } = JSON.parse(data)
        const at = Math.max(0, ...[...rows, ...events].filter(({ worker }) => worker === undefined).map((one) => one.at ?? 0))
        if (at > 0) requestAnimationFrame(() => setTimeout(() => ages.length < 20000 && ages.push(Date.now() - at)))
      })
    }
  }`

/** Middle, 99th percentile and most, in ms, of the ages since the last time. */
export async function agesOf(
  page: Page,
): Promise<{ readonly p50: number; readonly p99: number; readonly most: number; readonly count: number }> {
  const ages = (await page.evaluate<number[]>('ages.splice(0)')).toSorted((one, other) => one - other)
  const at = (share: number): number => ages[Math.min(ages.length - 1, Math.floor(ages.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99), most: at(1), count: ages.length }
}
