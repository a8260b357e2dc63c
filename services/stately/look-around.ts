// Look around
// Which of the wanted actors live now, with their present state, and whoever was started by them. Owners are asked; the list is of those with a stored state.
import { AskRefused, ServerUnavailable, type ActorState, type TroupeClient, type WatchPattern } from '../../client/index.ts'
import { actorId, parseActorId, type ActorId } from '../../machines/address.ts'
import type { Tally } from './tally.ts'

export type Pattern = Required<WatchPattern>

export interface LookSpec {
  readonly client: Pick<TroupeClient, 'query'>
  readonly patterns: readonly Pattern[]
  /** The addresses of actors with a stored state. */
  stored(): AsyncIterable<ActorId>
  readonly tally: Tally
}

/** Actors asked in one look. */
const askedMax = 1_000
const notLookedAt = `actors were not looked at: ${askedMax} are, at a time; name fewer`
/** Queries under way at once: enough to hide the round trip, too few to weigh on an owner. */
const queriesMax = 16

/** Parents before their children. Rejects with what `query` rejects with when an actor that was named is not there. */
export async function lookAround(spec: LookSpec): Promise<readonly ActorState[]> {
  const named = namedIn(spec.patterns)
  const seen = new Set<ActorId>(named)
  const found = await Promise.all(named.map((actor) => spec.client.query(actor)))
  const generations: (readonly ActorState[])[] = [found]
  let next: readonly ActorId[] = [...childrenIn(found), ...(await matching(spec))]
  while (next.length > 0) {
    const fresh = [...new Set(next)].filter((actor) => !seen.has(actor))
    const asked = fresh.slice(0, Math.max(0, askedMax - seen.size))
    if (asked.length < fresh.length) spec.tally.add(notLookedAt, fresh.length - asked.length)
    for (const actor of asked) seen.add(actor)
    const states = (await askAll(spec, asked)).filter(({ status }) => status === 'active')
    if (states.length < asked.length)
      spec.tally.add('actors that have ended, or gave no answer, are not shown', asked.length - states.length)
    generations.push(states)
    next = childrenIn(states)
  }
  return parentsFirst(generations.flat())
}

const namedIn = (patterns: readonly Pattern[]): readonly ActorId[] => [
  ...new Set(patterns.filter(isExact).map(({ tenant, type, key }) => actorId(tenant, type, key))),
]

const isExact = ({ tenant, type, key }: Pattern): boolean => ![tenant, type, key].includes('*')

export function isWanted(patterns: readonly Pattern[], actor: ActorId): boolean {
  const address = parseActorId(actor)
  return (
    address !== undefined &&
    patterns.some(({ tenant, type, key }) => fits(tenant, address.tenant) && fits(type, address.type) && fits(key, address.key))
  )
}

const fits = (part: string, given: string): boolean => part === '*' || part === given

/** The child actors of a state; running effects are children too, and are no actors. */
export const childrenOf = ({ children }: Pick<ActorState, 'children'>): readonly ActorId[] =>
  Object.values(children).flatMap(({ kind, address }) => (kind === 'actor' && parseActorId(address) ? [address as ActorId] : [])) // parsed just now

const childrenIn = (states: readonly ActorState[]): readonly ActorId[] => states.flatMap(childrenOf)

async function matching({ patterns, stored, tally }: LookSpec): Promise<readonly ActorId[]> {
  const wide = patterns.filter((pattern) => !isExact(pattern))
  if (wide.length === 0) return []
  const found: ActorId[] = []
  let more = 0
  for await (const actor of stored()) {
    if (!isWanted(wide, actor)) continue
    if (found.length < askedMax) found.push(actor)
    else more++
  }
  if (more > 0) tally.add(notLookedAt, more)
  return found
}

/** The states of those that answer. */
export async function askAll(
  { client, tally }: Pick<LookSpec, 'client' | 'tally'>,
  actors: readonly ActorId[],
): Promise<readonly ActorState[]> {
  const found: ActorState[] = []
  const waiting = actors.values()
  const lane = async (): Promise<void> => {
    for (const actor of waiting) {
      const state = await ask(client, actor, tally)
      if (state) found.push(state)
    }
  }
  await Promise.all(Array.from({ length: queriesMax }, lane))
  return found
}

/** Undefined: it is not there, or its owner does not answer, which is counted. */
export async function ask(client: LookSpec['client'], actor: ActorId, tally: Tally): Promise<ActorState | undefined> {
  try {
    return await client.query(actor)
  } catch (error) {
    if (!(error instanceof AskRefused || error instanceof ServerUnavailable)) throw error
    tally.add(`actors could not be asked for their state (${error.code})`)
    return undefined
  }
}

function parentsFirst(states: readonly ActorState[]): readonly ActorState[] {
  const byId = new Map(states.map((state) => [state.actor, state]))
  const sorted = new Set<ActorState>()
  const children = new Set(childrenIn(states))
  const add = (state: ActorState): void => {
    if (sorted.has(state)) return
    sorted.add(state)
    for (const child of childrenOf(state)) {
      const known = byId.get(child)
      if (known) add(known)
    }
  }
  for (const state of states) if (!children.has(state.actor)) add(state)
  for (const state of states) add(state)
  return [...sorted]
}
