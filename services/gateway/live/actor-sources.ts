// Actor sources
// Topics about actors: the last state of many, all transitions of one, and a task with the agents and steps that work for it.
//
// A1. The transitions of one actor are told without a hole that is not said: turns are numbered, so one that did not come is seen.
import { actorId, parseActorId, type ActorId } from '../../../machines/address.ts'
import type { ActorEvent } from '../../../machines/message.ts'
import { redact } from '../../../machines/redact.ts'
import { stepKey } from '../../../machines/task-steps.ts'
import type { Latest, Sighting, Transition, TroupeClient, Watch } from '../../../client/index.ts'
import type { Logger } from '../../../runtime/telemetry.ts'
import type { SourceKind } from './hub.ts'
import type { LiveLimits } from './limits.ts'
import { follow, missedNow, progressEvent, rowOf, transitionEvent } from './sightings.ts'
import { passes, type TopicSpec } from './topic-name.ts'

interface Around {
  readonly client: TroupeClient
  readonly log: Logger
  readonly limits: LiveLimits
}

/** The last state of each actor of some types: newest wins. */
export const actorsSource = ({ client, log }: Around): SourceKind => ({
  marks: 'times',
  start: (topic, spec) => {
    const types = [...(spec.filters.get('type') ?? ['*'])]
    const watches = types.map((type) => client.watchLatest({ tenant: spec.tenant ?? '*', type }, { bufferMax: burstMax }))
    const heard = (seen: Latest): void => {
      if (passes(spec, 'key', addressOf(seen.actor).key)) topic.row(seen.actor, rowOf(seen))
    }
    for (const watch of watches) void follow(watch, log, heard, missedNow(topic))
    return { stop: () => stopAll(watches) }
  },
})

/** States that may come at once. */
const burstMax = 16_384

const stopAll = (watches: Iterable<Pick<Watch, 'stop'>>): void => {
  for (const watch of watches) watch.stop()
}

/** Every transition of one actor, with what happened inside. */
export const actorSource = ({ client, log }: Around): SourceKind => ({
  marks: 'turns',
  start: async (topic, { actor }) => {
    const address = addressOf(actor)
    let last: number | undefined
    const watch = client.watch(address, { detail: true })
    const heard = (seen: Sighting): void => {
      if (seen.kind === 'progress') return topic.event(progressEvent(seen), last ?? 0)
      if (last !== undefined && seen.turn > last + 1) topic.gap(last + 1, seen.turn - 1) // A1
      last = Math.max(last ?? 0, seen.turn)
      topic.row(seen.actor, rowOf(seen))
      topic.event(transitionEvent(seen), seen.turn)
    }
    void follow(watch, log, heard, () => {}) // what is dropped leaves a hole in the turns
    // The owner hears of the watch before it is asked: what it commits after this answer is told.
    const now = await stateNow(client, address)
    if (now && now.turn >= (last ?? 0)) topic.row(now.actor, { ...now, ...address })
    last = Math.max(last ?? 0, now?.turn ?? 0)
    topic.began(now?.turn ?? 0)
    return { stop: () => watch.stop() }
  },
})

const addressOf = (actor: ActorId | undefined) => parseActorId(actor ?? '') ?? { tenant: '', type: '', key: '' }

/** Undefined: it is not born yet, or its partition is being taken over; its first turn will tell. */
async function stateNow(client: TroupeClient, address: ReturnType<typeof addressOf>) {
  try {
    const { actor, turn, value, status } = await client.query(address)
    return { actor, turn, state: value, status }
  } catch {
    return undefined
  }
}

/** A task, the agents that work for it, and its steps, which are tasks themselves. */
export const taskSource = ({ client, log, limits }: Around): SourceKind => ({
  marks: 'times',
  start: async (topic, { actor }) => {
    const task = addressOf(actor)
    const followed = new Map<ActorId, Watch>()
    const add = (id: ActorId): void => {
      if (followed.has(id)) return
      if (followed.size >= limits.taskActorsMax) {
        log.warn({ actor, more: id, limit: limits.taskActorsMax }, 'more actors work for a task than are followed')
        return topic.gap(Date.now(), Date.now())
      }
      const watch = client.watch(addressOf(id))
      followed.set(id, watch)
      void follow(watch, log, heard, missedNow(topic))
    }
    const heard = (seen: Sighting): void => {
      if (seen.kind === 'progress') return topic.event(progressEvent(seen), Date.now())
      topic.row(seen.actor, rowOf(seen))
      topic.event(transitionEvent(seen), seen.at)
      for (const other of workersIn(seen)) add(other)
    }
    add(actorId(task.tenant, task.type, task.key))
    for (const other of await workersNow(client, task)) add(other)
    return { stop: () => stopAll(followed.values()) }
  },
})

/** Who begins to work for a task, by the facts that it emits. */
function workersIn({ actor, emits }: Transition): readonly ActorId[] {
  const { tenant, type, key } = addressOf(actor)
  return emits.flatMap((fact): readonly ActorId[] => {
    const { agentActor, steps } = fact as { readonly agentActor?: unknown; readonly steps?: unknown }
    if (fact.type === 'task.assigned' && typeof agentActor === 'string' && parseActorId(agentActor)) return [agentActor as ActorId] // parsed just now
    return fact.type === 'task.planned' ? stepsIn(steps).map((id) => actorId(tenant, type, stepKey(key, id))) : []
  })
}

/** Who does so already. */
async function workersNow(client: TroupeClient, task: ReturnType<typeof addressOf>): Promise<readonly ActorId[]> {
  try {
    const { children, context } = await client.query(task)
    const agents = Object.values(children as Readonly<Record<string, { readonly kind?: string; readonly address?: string }>>)
    const actors = agents.flatMap(({ kind, address }) =>
      kind === 'actor' && address !== undefined && parseActorId(address) ? [address as ActorId] : [],
    ) // parsed just now
    const { steps } = (context ?? {}) as { readonly steps?: unknown }
    return [...actors, ...stepsIn(steps).map((id) => actorId(task.tenant, task.type, stepKey(task.key, id)))]
  } catch {
    return [] // not submitted yet, or its partition is being taken over: its turns will tell
  }
}

const stepsIn = (steps: unknown): readonly string[] =>
  Array.isArray(steps) ? steps.flatMap((step: { readonly id?: unknown }) => (typeof step.id === 'string' ? [step.id] : [])) : []

/** What coordinators decide and learn, as the facts they emit. */
export const decisionsSource = ({ client, log }: Around): SourceKind => ({
  marks: 'times',
  start: (topic, spec) => {
    const watch = client.watch({ tenant: spec.tenant ?? '*', type: 'coordinator', key: '*' })
    const heard = (seen: Sighting): void => {
      if (seen.kind !== 'transition') return
      const { actor, turn, at } = seen
      for (const fact of seen.emits) if (isWanted(spec, fact)) topic.event({ actor, turn, at, ...(redact(fact) as object) }, at)
    }
    void follow(watch, log, heard, missedNow(topic))
    return { stop: () => watch.stop() }
  },
})

function isWanted(spec: TopicSpec, fact: ActorEvent): boolean {
  const { taskId, chosen, arm } = fact as { readonly taskId?: unknown; readonly chosen?: unknown; readonly arm?: unknown }
  if (!passes(spec, 'task', typeof taskId === 'string' ? taskId : undefined)) return false
  if (!spec.filters.has('agent')) return true
  const arms = [arm, ...(Array.isArray(chosen) ? chosen.map((one: { readonly arm?: unknown }) => one.arm) : [chosen])]
  return arms.some((one) => typeof one === 'string' && passes(spec, 'agent', one.split('@')[0]))
}
