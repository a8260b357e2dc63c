// Crew
// Supervision trees that restart together, guards that watch them, and pairs of actors that are linked: whatever dies, everyone hears of it once.
import { assign, sendTo, setup } from 'xstate'
import { actorId, type ActorId } from '../../machines/address.ts'
import { demonitor, link, monitor, type ActorDown } from '../../machines/authoring.ts'
import { metaOf, type ActorEvent } from '../../machines/message.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { whenTold, type StoredLink } from '../../runtime/statechart/index.ts'
import type { Dice } from '../../runtime/testing/dice.ts'
import type { End } from '../../runtime/testing/scenario.ts'
import type { Truth } from '../../runtime/testing/truth.ts'

const handMachine = setup({
  types: { events: {} as { type: 'work' } | { type: 'slip' } | { type: 'finish' } },
  actions: {
    stumble: ({ event }) => {
      if ((metaOf(event)?.random ?? 1) < 0.15) throw new Error('stumbled')
    },
    slip: () => {
      throw new Error('slipped')
    },
  },
}).createMachine({
  id: 'hand',
  initial: 'ready',
  states: {
    ready: { entry: 'stumble', on: { work: {}, slip: { actions: 'slip' }, finish: 'finished' } },
    finished: { type: 'final' },
  },
})

const hands = ['ann', 'bob', 'cat'] as const

const crewMachine = setup({
  types: {
    context: {} as { heard: number },
    events: {} as
      | { type: 'tell'; who: string; what: 'work' | 'slip' | 'finish' }
      | { type: 'start' }
      | { type: 'rest' }
      | { type: 'leave' },
  },
  actors: { hand: handMachine },
  actions: {
    pass: sendTo(
      ({ event }) => (event.type === 'tell' ? event.who : 'ann'),
      ({ event }) => ({ type: event.type === 'tell' ? event.what : 'work' }),
    ),
    hear: assign({ heard: ({ context }) => context.heard + 1 }),
  },
}).createMachine({
  id: 'crew',
  context: { heard: 0 },
  initial: 'resting',
  on: { leave: '.gone' },
  states: {
    resting: { on: { start: 'working' } },
    working: {
      invoke: hands.map((id) => ({
        id,
        src: 'hand' as const,
        onDone: { actions: 'hear' as const },
        onError: { actions: 'hear' as const },
      })),
      on: { tell: { actions: 'pass' }, rest: 'resting' },
    },
    gone: { type: 'final' },
  },
})

const named = ({ event }: { event: Words }): ActorId => actorId('sim', 'allcrew', 'who' in event ? event.who : 'nobody')
const paired = ({ event }: { event: Words }): ActorId => actorId('sim', 'guard', 'who' in event ? event.who : 'nobody')
type Words = { type: 'watch' | 'forget' | 'tie'; who: string } | { type: 'fall' } | ActorDown

const guardMachine = setup({
  types: { context: {} as { watched: number; heard: number }, events: {} as Words },
  actions: {
    watch: monitor(named),
    forget: demonitor(named),
    tie: link(paired),
    count: assign({ watched: ({ context }) => context.watched + 1 }),
    hear: assign({ heard: ({ context }) => context.heard + 1 }),
    fall: () => {
      throw new Error('fell')
    },
  },
}).createMachine({
  id: 'guard',
  context: { watched: 0, heard: 0 },
  initial: 'awake',
  states: {
    awake: {
      on: {
        watch: { actions: ['watch', 'count'] },
        forget: { actions: 'forget' },
        tie: { actions: 'tie' },
        fall: { actions: 'fall' },
        'actor.down': { actions: 'hear' },
      },
    },
  },
})

export function crewActors() {
  const backoff = { baseMs: 200, factor: 2, maxMs: 1_000, jitter: 0.2 }
  const supervision = { failingMessagesMax: 1, intensity: { restarts: 2, withinMs: 5_000 }, backoff }
  const hand = defineActor({ name: 'hand', version: '1', machine: handMachine, createdByMessage: false, supervision })
  const crewOf = (name: string, strategy: 'one_for_all' | 'rest_for_one') =>
    defineActor({ name, version: '1', machine: crewMachine, children: { hand }, supervision: { ...supervision, strategy } })
  const guard = defineActor({
    name: 'guard',
    version: '1',
    machine: guardMachine,
    supervision: { ...supervision, intensity: { restarts: 50, withinMs: 60_000 } },
  })
  return [crewOf('allcrew', 'one_for_all'), crewOf('restcrew', 'rest_for_one'), guard]
}

const key = (dice: Dice): string => `k${dice.between(0, 3)}`

export const crewEvent = (dice: Dice): readonly [type: string, event: ActorEvent] =>
  dice.chance(0.3)
    ? [
        'guard',
        dice.pick<ActorEvent>([
          { type: 'watch', who: key(dice) },
          { type: 'forget', who: key(dice) },
          { type: 'tie', who: key(dice) },
          { type: 'fall' },
        ]),
      ]
    : [
        dice.pick(['allcrew', 'restcrew']),
        dice.pick<ActorEvent>([
          { type: 'start' },
          { type: 'start' },
          ...hands.map((who) => ({ type: 'tell', who, what: dice.pick(['work', 'slip', 'slip', 'finish']) })),
          dice.pick<ActorEvent>([{ type: 'rest' }, { type: 'rest' }, { type: 'leave' }]),
        ]),
      ]

/** When all is quiet no restart is under way, and nobody waits to hear of an actor that has ended. */
export function* crewFaults({ truth }: End): Iterable<string> {
  for (const [actor, known] of truth.states) {
    const state = known.at(-1)
    if (!state) continue
    const { plan, restartDue, monitors = [], links = [] } = state.keeping
    if (plan) yield `${actor} is still at restarting its children: ${JSON.stringify(plan)}`
    if (restartDue === whenTold) yield `${actor} waits for a parent that never tells it to start`
    if (state.status !== 'active' && monitors.length + links.length > 0)
      yield `${actor} has ended (${state.status}), and ${[...monitors, ...links.map(({ to }) => to)].join(', ')} did not hear of it`
    if (!actor.startsWith('sim/guard/')) continue
    const knows = ({ to }: StoredLink): boolean => linksOf(truth, to).some((back) => back.to === actor)
    for (const tie of links) if (!knows(tie)) yield `${actor} is linked with ${tie.to}, which does not know of it`
  }
}

const linksOf = ({ states }: Truth, actor: ActorId): readonly StoredLink[] => states.get(actor)?.at(-1)?.keeping.links ?? []
