// node bench/inspect.ts: what it costs to be watched, and to watch. One JSON line a figure; docs/performance.md says what each case measures.
// Options: --only tally,rollups,tabs,stall,restart,sockets,browser (default: all), --rounds <n> (default 12), --rate <events a second> (default 10,000),
//          --sockets <n> (default 5,000).
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { costOf } from './cost.ts'
import { startFleet, type BenchFleet } from './fleet.ts'
import { browserFigures } from './inspect-browser.ts'
import { countingProxy, startGateway, startTabs, type GatewayFigures } from './inspect-processes.ts'
import { tallyFigures } from './inspect-tally.ts'
import { measure } from './measure.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '12' },
    rate: { type: 'string', default: '10000' },
    sockets: { type: 'string', default: '5000' },
  },
})
const rounds = Number(values.rounds)
const rate = Number(values.rate)
const actors = 1_000
const partitions = 8
const watchMs = 15_000
const tabTopics = ['fleet', 'actors?type=counter&tenant=bench', 'actor/bench/counter/k7']
/** Sends that were refused. */
let refused = 0

const cases = { tally, rollups, tabs, stall, restart, sockets, browser }
const wanted = values.only?.split(',') ?? Object.keys(cases)
const say = (figure: object): boolean => process.stdout.write(`${JSON.stringify(figure)}\n`)

/** The counting alone, beside the turns that it is part of. */
async function tally(): Promise<void> {
  const { perTurnNs, tellUs, bytes } = tallyFigures()
  say({ case: 'tally', perTurnNs: Math.round(perTurnNs), tellUs: Math.round(tellUs), bytes })
}

/** A worker that tells of itself beside one that does not, a round each in turn: what a turn costs them. */
async function rollups(): Promise<void> {
  const hook = new URL('no-rollups-hook.mjs', import.meta.url).href
  await using ends = new AsyncDisposableStack()
  const telling = await startFleet('fast', { partitions })
  ends.defer(() => telling.stop())
  const silent = await startFleet('fast', { partitions, flags: ['--import', hook] })
  ends.defer(() => silent.stop())
  const ratios: number[] = []
  for (let round = -2; round < rounds; round++) {
    const [first, second] = round % 2 === 0 ? [telling, silent] : [silent, telling]
    const cost = new Map([
      [first, await turnUs(first)],
      [second, await turnUs(second)],
    ])
    const [withUs = 0, withoutUs = 1] = [cost.get(telling), cost.get(silent)]
    if (round >= 0) ratios.push(withUs / withoutUs) // the first two warm up
    if (round >= 0) say({ case: 'rollups', round, withUs: short(withUs), withoutUs: short(withoutUs) })
  }
  const sorted = ratios.toSorted((a, b) => a - b)
  const at = (share: number): number => short(sorted[Math.floor((sorted.length - 1) * share)] ?? 0, 4)
  say({ case: 'rollups', rounds, ratio: at(0.5), quartiles: [at(0.25), at(0.75)], extremes: [at(0), at(1)] })
}

async function turnUs(fleet: BenchFleet): Promise<number> {
  const call = (index: number) => fleet.client.ask(`bench/counter/k${index % 64}`, { type: 'add', n: 1 }, { deadlineMs: 60_000 })
  const { cost, turns } = await costOf(fleet, () => measure({ count: 30_000, inFlight: 256, call }))
  return cost.workersUs / turns
}

const short = (value: number, digits = 2): number => Number(value.toFixed(digits))

/** So many events a second, evenly, to so many actors, until it is aborted. */
async function load({ client }: BenchFleet, signal: AbortSignal): Promise<number> {
  const stepMs = 5
  let sent = 0
  const started = performance.now()
  while (!signal.aborted) {
    const due = Math.floor(((performance.now() - started) / 1_000) * rate)
    for (; sent < due; sent++) client.send(`bench/counter/k${sent % actors}`, { type: 'add', n: 1 }).catch(() => refused++)
    await wait(stepMs)
  }
  return sent
}

async function underLoad<Result>(run: (fleet: BenchFleet) => Promise<Result>): Promise<Result> {
  const fleet = await startFleet('fast', { partitions })
  const aborts = new AbortController()
  const loading = load(fleet, aborts.signal)
  try {
    await wait(3_000)
    return await run(fleet)
  } finally {
    aborts.abort()
    await loading
    await fleet.stop()
  }
}

/** One tab, then fifty: bytes, how far behind, and what it costs gateway and worker. */
async function tabs(): Promise<void> {
  await underLoad(async (fleet) => {
    const gateway = await startGateway(fleet)
    const proxy = await countingProxy(gateway.port)
    const before = await usage(fleet, gateway, watchMs)
    say({ case: 'tabs', tabs: 0, ...before, refused })
    const one = await startTabs(proxy.url, tabTopics)
    await one.open(1)
    await wait(2_000)
    await one.figures()
    proxy.counted.bytes = 0
    const watched = await usage(fleet, gateway, watchMs)
    const { seconds, frames, characters, ...seen } = await one.figures()
    const kBs = short(proxy.counted.bytes / seconds / 1_000)
    const per = { framesPerSecond: short(frames / seconds), wireKBs: kBs, textKBs: short(characters / seconds / 1_000) }
    say({ case: 'tabs', tabs: 1, ...watched, ...per, ...seen, refused })
    const more = await startTabs(gateway.url, tabTopics)
    await more.open(49)
    await wait(2_000)
    await Promise.all([one.figures(), more.figures()])
    const crowded = await usage(fleet, gateway, watchMs)
    const { behindMs, eventsBehindMs, gaps } = await more.figures()
    say({ case: 'tabs', tabs: 50, ...crowded, behindMs, eventsBehindMs, gaps, refused })
    await Promise.all([one.kill(), more.kill(), gateway.kill()])
    proxy.close()
  })
}

type Gateway = Awaited<ReturnType<typeof startGateway>>

/** Processor shares over a while; the memory at its end. */
async function usage(fleet: BenchFleet, gateway: Gateway, ms: number) {
  const started = performance.now()
  const { cost, result, turns } = await costOf(fleet, async () => {
    const before = await gateway.figures()
    await wait(ms)
    const after: GatewayFigures = await gateway.figures()
    return { cpuUs: after.cpuUs - before.cpuUs, rssMb: after.rssMb, sockets: after.sockets }
  })
  const us = (performance.now() - started) * 1_000
  return {
    turnsPerSecond: Math.round((turns * 1e6) / us),
    gatewayShare: short(result.cpuUs / us, 3),
    workerShare: short(cost.workersUs / us, 3),
    gatewayRssMb: result.rssMb,
  }
}

/** A tab that reads nothing for six seconds, then goes on. */
async function stall(): Promise<void> {
  await underLoad(async (fleet) => {
    const gateway = await startGateway(fleet)
    const tab = await startTabs(gateway.url, tabTopics)
    await tab.open(1)
    for (let times = 0; times < 3; times++) {
      await wait(2_000)
      say({ case: 'stall', stalledMs: 6_000, ...(await tab.block(6_000)) })
    }
    await tab.kill()
    await gateway.kill()
  })
}

/** The gateway is killed and started again: every turn of one actor is heard, or said to be missing. */
async function restart(): Promise<void> {
  await underLoad(async (fleet) => {
    const topic = 'actor/bench/counter/k7'
    let gateway = await startGateway(fleet)
    const known = new Set<number>()
    let seq = 0
    let gaps = 0
    const listen = async (): Promise<WebSocket> => {
      const socket = new WebSocket(gateway.url)
      await new Promise((resolve) => socket.addEventListener('open', resolve))
      socket.addEventListener('message', ({ data }) => {
        const frame = JSON.parse(String(data)) as { seq?: number; events?: readonly { turn: number }[]; gap?: { from: number; to: number } }
        seq = frame.seq ?? seq
        for (const { turn } of frame.events ?? []) known.add(turn)
        if (!frame.gap) return
        gaps++
        for (let turn = frame.gap.from || Math.min(...known); turn <= frame.gap.to; turn++) known.add(turn)
      })
      socket.send(JSON.stringify({ sub: topic, ...(seq > 0 && { since: seq }) }))
      return socket
    }
    await listen()
    for (let times = 0; times < 3; times++) {
      await wait(1_500)
      const { port } = gateway
      await gateway.kill()
      await wait(500)
      gateway = await startGateway({ ...fleet, port })
      await listen()
    }
    await wait(1_500)
    const turns = [...known].toSorted((a, b) => a - b)
    const [first = 0, end = 0] = [turns[0], turns.at(-1)]
    say({ case: 'restart', kills: 3, turns: end - first + 1, unaccounted: end - first + 1 - turns.length, gaps })
    await gateway.kill()
  })
}

/** Many sockets on one gateway, each with the topic that every page has. */
async function sockets(): Promise<void> {
  const count = Number(values.sockets)
  const fleet = await startFleet('fast', { partitions })
  const gateway = await startGateway(fleet)
  const before = await gateway.figures()
  const all = await startTabs(gateway.url, ['fleet'])
  const opened = await all.open(count)
  const { rssMb, sockets: open } = await gateway.figures()
  const idle = await usage(fleet, gateway, 10_000)
  const { frames, seconds } = await all.figures()
  const perSocketKb = short(((rssMb - before.rssMb) * 1_000) / Math.max(1, open))
  say({
    case: 'sockets',
    wanted: count,
    ...opened,
    open,
    rssMb,
    perSocketKb,
    gatewayShare: idle.gatewayShare,
    framesPerSecond: Math.round(frames / seconds),
  })
  await all.kill()
  await gateway.kill()
  await fleet.stop()
}

/** Chromium on a whole system; it needs Chromium. */
async function browser(): Promise<void> {
  await browserFigures({ rate, actors, watchMs: 2 * watchMs, say })
}

for (const [name, run] of Object.entries(cases)) if (wanted.includes(name)) await run()
