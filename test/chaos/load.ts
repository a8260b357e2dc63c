// Load
// Senders that call actors at a steady rate until they are told to stop: adds, asks, payments, chains of effects and naps, chosen by dice.
//
// L1. A sender does not wait for one call before the next: the order of its calls is what the checker looks at.
// L2. A sender with `openMax` calls under way leaves out its tick: the load is bounded, whatever the system does.
import { actorId, type ActorId } from '../../machines/address.ts'
import type { Dice } from '../../runtime/testing/dice.ts'
import type { OutcomeLine } from './history.ts'
import { tenant, type Call, type Caller, type World } from './world.ts'

export interface LoadPlan {
  readonly callsPerSecond: number
  readonly next: () => Call
  readonly openMax?: number
}

export interface Load {
  /** Every call that has ended, with how long it took. */
  readonly ended: readonly Ended[]
  stop(): Promise<void>
}

export interface Ended {
  readonly call: Call
  readonly outcome: OutcomeLine
  readonly startedAt: number
  readonly ms: number
}

const tickMs = 10

export function startLoad(world: World, caller: Caller, { callsPerSecond, next, openMax = 2_000 }: LoadPlan): Load {
  const ended: Ended[] = []
  const open = new Set<Promise<void>>()
  const started = performance.now()
  let made = 0
  const call = (): void => {
    const begun = performance.now()
    const startedAt = Date.now()
    const one = next()
    const way = world.call(caller, one).then((outcome) => {
      ended.push({ call: one, outcome, startedAt, ms: performance.now() - begun })
      open.delete(way)
    })
    open.add(way)
  }
  const tick = (): void => {
    const due = Math.floor(((performance.now() - started) / 1_000) * callsPerSecond)
    for (; made < due; made++) if (open.size < openMax) call() // L2
  }
  const ticking = setInterval(tick, tickMs)
  let stopped = false
  const stop = async (): Promise<void> => {
    clearInterval(ticking)
    if (stopped) return
    stopped = true
    await Promise.all(open)
  }
  world.defer(async () => clearInterval(ticking))
  return { ended, stop }
}

const type = (name: string) => (key: string) => actorId(tenant, name, key)
export const counter = type('counter')
export const account = type('account')
const chain = type('chain')
const sleeper = type('sleeper')

const amountMax = 100

/** Every kind of actor, in the mix of a run. `name` keeps the naps of two senders apart. */
export function mixed(dice: Dice, name: string): () => Call {
  let naps = 0
  const some = (count: number): string => `k${dice.between(0, count - 1)}`
  return () => {
    const roll = dice.between(0, 99)
    if (roll < 40) return { to: counter(some(40)), event: { type: 'add' } }
    if (roll < 65) return { to: counter(some(40)), event: { type: 'add' }, asks: true }
    if (roll < 85) return { to: account(some(16)), event: { type: 'pay', to: account(some(16)), amount: dice.between(1, amountMax) } }
    if (roll < 92) return { to: chain(some(8)), event: { type: 'go', steps: dice.between(1, 3) } }
    return { to: sleeper(`${name}-${naps++}`), event: { type: 'nap', ms: dice.pick([0, 50, 500, 2_500]) } }
  }
}

/** The usual load of a scenario: three senders with everything. */
export async function startMixedLoad(world: World, dice: Dice, callsPerSecond = 300): Promise<Load> {
  const senders = ['s1', 's2', 's3']
  const loads = await Promise.all(
    senders.map(async (name) => {
      const plan = { callsPerSecond: callsPerSecond / senders.length, next: mixed(dice.apart(name), name) }
      return startLoad(world, await world.caller(name), plan)
    }),
  )
  return {
    get ended() {
      return loads.flatMap(({ ended }) => ended)
    },
    stop: async () => void (await Promise.all(loads.map((load) => load.stop()))),
  }
}

/** A counter for each partition, so that each owner can be asked. */
export function probesOf(world: World): readonly ActorId[] {
  const probes: ActorId[] = []
  for (let key = 0; Object.keys(probes).length < world.ports.partitions; key++) {
    const actor = counter(`probe${key}`)
    probes[world.partitionOf(actor)] ??= actor
  }
  return probes
}
