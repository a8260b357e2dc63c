// Coordinators of one tenant in a test, as stories: messages between them wait in channels, in order, until the test has them delivered.
import { actorId, parseActorId, type ActorId } from '../../machines/address.ts'
import type { CoordinatorAnswer, CoordinatorReply, OutcomeReport } from '../../machines/coordinator-messages.ts'
import type { CoordinatorContext } from '../../machines/coordinator-record.ts'
import type { CoordinatorStats } from '../../machines/coordinator-stats.ts'
import { createCoordinatorMachine, type CoordinatorOptions } from '../../machines/coordinator.machine.ts'
import type { ActorEvent } from '../../machines/message.ts'
import type { AgentCard } from '../../machines/selection/types.ts'
import type { CoordinatorFact } from '../../machines/task-events.ts'
import { given, hears, type Story } from './given.ts'

export const cardOf = (agent: string, ...taskTypes: readonly string[]): AgentCard => ({
  agent,
  version: '1',
  taskTypes,
  capabilities: ['read'],
})
export const addressOf = (key: string): ActorId => actorId('acme', 'coordinator', key)

export interface Coordinators {
  readonly story: (key: string) => Story
  readonly contextOf: (key: string) => CoordinatorContext
  readonly statsOf: (key: string) => CoordinatorStats
  now: number
  /** One message to one of them, from a client or an actor; what it was answered with. */
  say(key: string, event: ActorEvent, options?: { readonly random?: number; readonly from?: ActorId }): unknown
  choose(key: string, fields?: Readonly<Record<string, unknown>>, random?: number): CoordinatorAnswer
  report(key: string, decisionId: string, fields?: Partial<OutcomeReport>): CoordinatorReply
  /** Delivers the first message of one channel, chosen by the number; false when nothing waits. */
  deliver(pick?: number): boolean
  /** Fires what is due by now. */
  ring(): void
  /** Delivers everything and lets time pass until nobody has anything to say. */
  settle(): void
  facts(): readonly { readonly key: string; readonly fact: CoordinatorFact }[]
  readonly waiting: number
}

export function coordinators(roster: readonly AgentCard[], keys: readonly string[], options: CoordinatorOptions = {}): Coordinators {
  const machine = createCoordinatorMachine(roster, options)
  const stories = new Map<string, Story>()
  const channels = new Map<string, { readonly to: string; readonly from: ActorId; readonly event: ActorEvent }[]>()
  const told: { key: string; fact: CoordinatorFact }[] = []

  const story = (key: string): Story => {
    const known = stories.get(key)
    if (known) return known
    const born = given(machine, { tenant: 'acme', type: 'coordinator', key }, addressOf(key))
    stories.set(key, born)
    keep(key, born)
    return born
  }
  const keep = (key: string, { outcome }: Story): void => {
    for (const { to, event } of outcome.sends) {
      const address = parseActorId(to)
      if (address?.type !== 'coordinator') continue
      const name = `${key}>${address.key}`
      channels.set(name, [...(channels.get(name) ?? []), { to: address.key, from: addressOf(key), event }])
    }
    for (const fact of outcome.emits) told.push({ key, fact: fact as unknown as CoordinatorFact })
  }
  const say: Coordinators['say'] = (key, event, { random = 0.5, from } = {}) => {
    const one = story(key)
    one.now = all.now++
    one.when(hears(event, { random, ...(from !== undefined && { from }) }))
    keep(key, one)
    return one.outcome.replies[0]?.value
  }
  const deliver = (pick = 0): boolean => {
    const waiting = [...channels].filter(([, messages]) => messages.length > 0)
    const chosen = waiting[Math.floor(pick * waiting.length)]
    if (!chosen) return false
    const [name, [first, ...rest]] = chosen
    channels.set(name, rest)
    if (first) say(first.to, first.event, { from: first.from })
    return true
  }
  const ring = (): void => {
    for (const [key, one] of stories)
      for (const [id, { n, due }] of Object.entries(one.living.timers)) {
        if (due > all.now) continue
        one.when(() => ({ arrival: { kind: 'timer', id, n }, at: all.now }))
        keep(key, one)
      }
  }
  const all: Coordinators = {
    now: 1_000_000,
    story,
    contextOf: (key) => story(key).living.snapshot.context,
    statsOf: (key) => say(key, { type: 'coordinator.stats' }) as CoordinatorStats,
    say,
    choose: (key, fields = {}, random = 0.5) =>
      say(key, { type: 'agent.choose', taskId: 't1', taskType: 'question', ...fields }, { random }) as CoordinatorAnswer,
    report: (key, decisionId, fields = {}) =>
      say(key, { type: 'outcome.report', decisionId, ok: true, reward: 1, ...fields }) as CoordinatorReply,
    deliver,
    ring,
    settle() {
      for (let quiet = 0; quiet < 3;) {
        while (deliver()) quiet = 0
        all.now += 250
        ring()
        if (all.waiting === 0) quiet++
      }
    },
    facts: () => told,
    get waiting() {
      return [...channels.values()].reduce((sum, messages) => sum + messages.length, 0)
    },
  }
  for (const key of keys) story(key)
  return all
}

/** The id of the best choice of an answer. */
export function decisionOf(answer: CoordinatorAnswer): string {
  if (answer.type === 'agent.chosen' && answer.choices[0]) return answer.choices[0].decisionId
  throw new Error(`nothing was chosen: ${answer.why}`)
}
