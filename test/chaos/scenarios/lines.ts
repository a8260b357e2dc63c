// Scenarios of the line between one worker and its server: cut, slow, silent both ways, silent one way.
import { setTimeout as wait } from 'node:timers/promises'
import { factsOf, pausesOf } from '../check.ts'
import { startMixedLoad } from '../load.ts'
import { spread, type Figures } from '../measure.ts'
import type { LineState } from '../proxy.ts'
import type { Given, Scenario } from '../scenario.ts'
import type { World } from '../world.ts'

interface Trouble {
  readonly state: LineState
  /** The shortest and the longest trouble, in milliseconds. */
  readonly forMs: readonly [number, number]
  readonly long: readonly [number, number]
}

const broken = (name: string, about: string, trouble: Trouble): Scenario => ({
  name,
  about,
  plan: { workers: 2, proxied: true },
  async run(world, given) {
    const load = await startMixedLoad(world, given.dice)
    const rounds = given.long ? 6 : Math.max(1, Math.round(given.seconds / 5))
    for (let round = 0; round < rounds; round++) {
      await wait(1_000)
      const ms = given.dice.between(...(given.long ? trouble.long : trouble.forMs))
      await suffer(world, trouble.state, ms)
      await wait(2_000)
    }
    await load.stop()
    return { troubles: rounds, ...(await changes(world)) }
  },
})

async function suffer(world: World, state: LineState, ms: number): Promise<void> {
  world.fault(`the line of worker w1 is ${state} for ${ms} ms`)
  world.proxy.set(state)
  await wait(ms)
  world.proxy.set('whole')
}

async function changes(world: World): Promise<Figures> {
  await world.readLog()
  const lost = pausesOf(factsOf(world.history.lines)).filter(({ after }) => after === 'loss')
  return {
    fencedOff: world.fleet.losses,
    ...spread(
      'pause',
      lost.map(({ ms }) => ms),
    ),
  }
}

export const cut = broken('line-cut', 'the connection of a worker is ended and refused for a while', {
  state: 'cut',
  forMs: [500, 3_000],
  long: [100, 15_000],
})

export const silent = broken('line-silent', 'nothing passes between a worker and its server, and no FIN says so; later all of it arrives', {
  state: 'silent',
  forMs: [3_000, 6_000],
  long: [1_000, 45_000],
})

export const deaf = broken('line-deaf', 'a worker is heard and hears nothing', {
  state: 'deaf',
  forMs: [3_000, 6_000],
  long: [1_000, 45_000],
})

export const slow: Scenario = {
  name: 'line-slow',
  about: 'every byte between a worker and its server takes 100 to 400 ms longer, each way',
  plan: { workers: 2, proxied: true },
  async run(world, { dice, seconds }: Given) {
    const load = await startMixedLoad(world, dice)
    for (const ms of [100, 400]) {
      world.fault(`the line of worker w1 takes ${ms} ms longer`)
      world.proxy.delay(ms)
      await wait((seconds * 1_000) / 2)
    }
    world.proxy.delay(0)
    await load.stop()
    return changes(world)
  },
}
