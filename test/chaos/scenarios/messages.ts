// Scenarios of messages that do harm: turns that throw, and turns that take their process with them.
import { setTimeout as wait } from 'node:timers/promises'
import { counter, startLoad, startMixedLoad } from '../load.ts'
import { spread } from '../measure.ts'
import type { Scenario } from '../scenario.ts'
import type { Call, World } from '../world.ts'

const poisoned = counter('poisoned')

export const poison: Scenario = {
  name: 'poison',
  about: 'every tenth message of an actor makes its turn throw: a dead letter each, and the actor goes on',
  plan: { workers: 2 },
  async run(world, { dice, seconds }) {
    const others = await startMixedLoad(world, dice)
    let sent = 0
    const next = (): Call =>
      sent++ % 10 === 9
        ? { to: poisoned, event: { type: 'boom' }, dead: 'TR_TURN_FAILED' }
        : { to: poisoned, event: { type: 'add' }, asks: true }
    const load = startLoad(world, await world.caller('poisoner'), { callsPerSecond: 50, next })
    await wait(seconds * 1_000)
    await Promise.all([load.stop(), others.stop()])
    const adds = load.ended.filter(({ call }) => call.dead === undefined)
    const unanswered = adds.filter(({ outcome }) => outcome.outcome !== 'acknowledged')
    for (const { outcome } of unanswered) world.expect(false, `ask ${outcome.id} of the poisoned actor failed: ${outcome.code}`)
    return {
      poisonous: load.ended.length - adds.length,
      ...spread(
        'poisonedActor',
        adds.map(({ ms }) => ms),
      ),
      ...answered(others.ended),
    }
  },
}

/** Of the actors that were not meant: how long they took to answer. */
const answered = (ended: readonly { readonly call: Call; readonly ms: number }[]) =>
  spread(
    'others',
    ended.filter(({ call }) => call.asks).map(({ ms }) => ms),
  )

/** As many deaths as a fleet may suffer from one message, generously. */
const deathsMax = 8
const quarantineMsMax = 30_000

const killer = (name: string, about: string, type: 'exit' | 'hog', nodeFlags: readonly string[]): Scenario => ({
  name,
  about,
  plan: { workers: 2, nodeFlags },
  async run(world, { dice }) {
    const others = await startMixedLoad(world, dice, 100)
    const caller = await world.caller('killer')
    const target = counter('deadly')
    await world.call(caller, { to: target, event: { type: 'add' }, asks: true })
    world.fault(`a message that ends its process by ${type}`)
    await world.call(caller, { to: target, event: { type }, dead: 'TR_QUARANTINED' })
    const after = world.call(caller, { to: target, event: { type: 'add' }, asks: true, deadlineMs: quarantineMsMax })
    const deaths = await replaceTheDead(world, after)
    const { outcome, code } = await after
    world.expect(outcome === 'acknowledged', `the actor of the deadly message did not go on after ${deaths} deaths: ${code}`)
    world.expect(deaths <= deathsMax, `one message ended ${deaths} processes`)
    await others.stop()
    return { deaths, ...answered(others.ended) }
  },
})

/** A new worker for each that dies, until the call has ended: what a process supervisor does. */
async function replaceTheDead(world: World, until: Promise<unknown>): Promise<number> {
  let over = false
  void until.then(() => (over = true))
  let deaths = 0
  while (!over && deaths <= deathsMax) {
    await Promise.race([until, ...world.fleet.alive.map(({ exited }) => exited)])
    for (; world.fleet.alive.length < 2 && !over; deaths++) await world.fleet.add().catch(() => {}) // it may die while it starts
  }
  return deaths
}

export const exit = killer('killer', 'a message whose turn ends its process: after a few deaths it is quarantined', 'exit', [])
export const hog = killer('killer-memory', 'a message whose turn allocates until the process dies: likewise', 'hog', [
  '--max-old-space-size=96',
])
