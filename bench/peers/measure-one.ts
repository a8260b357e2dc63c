// Measures one system at one setting, in a process of its own: no system runs on the heap or the machine code of another.
// Started by main.ts with an order as its argument; answers over the process channel.
import { rounded } from '../measure.ts'
import { measureFor } from './load.ts'
import type { Figure, Order, Running, Start, Told } from './system.ts'

const keys = Array.from({ length: 1_000 }, (_, index) => `k${index}`)
const counterLoads = [1, 64, 512]
const chainLoads = [1, 64]
const warmInFlight = 64
const warmSecondsMax = 2
const chainLength = 5

// The runner is gone: end with all that was started, which is in this process's group or ends with its parent.
process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'))

const order = JSON.parse(process.argv[2] ?? '{}') as Order
try {
  await measureOne(order)
  await tell({ kind: 'done' })
  process.exit(0)
} catch (error) {
  await tell({ kind: 'failed', reason: reasonOf(error) })
  process.exit(1)
}

async function measureOne({ system, setting, folder, seconds }: Order): Promise<void> {
  const { start } = (await import(`./systems/${system}.ts`)) as { start: Start }
  const running = await start(setting, folder)
  try {
    await tell({ kind: 'started', versions: running.versions })
    await measureCounter(running, seconds)
    await measureChain(running, seconds)
  } finally {
    await running.stop()
  }
}

/** Each answer must be what this caller counted itself, and in the end each stored total: nothing lost, nothing doubled. */
async function measureCounter(running: Running, seconds: number): Promise<void> {
  const expected = new Map<string, number>()
  const load = (inFlight: number) => async (caller: number, turn: number) => {
    const key = keys[caller + (turn % Math.floor((keys.length - caller - 1) / inFlight + 1)) * inFlight] ?? ''
    const total = await running.add(key)
    expected.set(key, (expected.get(key) ?? 0) + 1)
    if (total !== expected.get(key)) throw new Error(`counter ${key} answered ${total}, acknowledged were ${expected.get(key)}`)
  }
  await measureFor({ name: 'counter', inFlight: warmInFlight, seconds: Math.min(seconds, warmSecondsMax), call: load(warmInFlight) })
  for (const inFlight of counterLoads) await tellFigure(await measureFor({ name: 'counter', inFlight, seconds, call: load(inFlight) }))

  const asked = [...expected.keys()]
  const totals = await running.totals(asked)
  const wrong = asked.flatMap((key, at) =>
    totals[at] === expected.get(key) ? [] : `${key} holds ${totals[at]}, acknowledged were ${expected.get(key)}`,
  )
  if (wrong.length > 0) throw new Error(`${wrong.length} counters are wrong; ${wrong[0]}`)
}

async function measureChain(running: Running, seconds: number): Promise<void> {
  let chains = 0
  const call = async () => {
    const result = await running.chain(`c${++chains}`)
    if (result !== chainLength) throw new Error(`a chain answered ${result}, not ${chainLength}`)
  }
  await measureFor({ name: 'chain', inFlight: warmInFlight, seconds: Math.min(seconds, warmSecondsMax), call })
  for (const inFlight of chainLoads) await tellFigure(await measureFor({ name: 'chain', inFlight, seconds, call }))
}

async function tellFigure(figure: Figure): Promise<void> {
  await tell({ kind: 'figure', figure: { ...figure, seconds: rounded(figure.seconds) } })
}

function tell(told: Told): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) reject(new Error('measure-one.ts is started by main.ts'))
    else process.send(told, (error: Error | null) => (error === null ? resolve() : reject(error)))
  })
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const missing = 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
  return `${error.message.split('\n')[0]}${missing ? '; run `npm run setup` in bench/peers' : ''}`
}
