// Topic name
// What a client may listen to, read from the name it gives: `actors?type=agent-researcher`, `actor/<id>`, `task/<id>`, `fleet` and so on.
//
// N1. A name says who may listen: the right it needs, and the tenant. A caller of one tenant has that one, whatever the name says.
// N2. Two names for the same thing are one topic: they share what is asked of the fleet.
import { parseActorId, type ActorId } from '../../../machines/address.ts'
import type { Action, Caller, Resource } from '../caller.ts'
import { NotAllowed, RequestInvalid } from '../errors.ts'

export type TopicKind = 'fleet' | 'machine' | 'actors' | 'actor' | 'task' | 'decisions' | 'dead-letters' | 'alerts'

export interface TopicSpec {
  /** Equal for equal topics (N2). */
  readonly id: string
  readonly kind: TopicKind
  readonly wanted: { readonly resource: Resource; readonly action: Action }
  /** Undefined: all of them. */
  readonly tenant: string | undefined
  /** Of `actor` and `task`. */
  readonly actor?: ActorId
  /** What is kept of it, by field; empty: all. */
  readonly filters: ReadonlyMap<string, ReadonlySet<string>>
}

interface Kind {
  readonly resource: Resource
  /** Fields that may stand behind the question mark, beside `tenant`. */
  readonly fields: readonly string[]
  /** Whether a slash and a name follow. */
  readonly named: boolean
}

const kinds: ReadonlyMap<string, Kind> = new Map([
  ['fleet', { resource: 'fleet', fields: [], named: false }],
  ['machine', { resource: 'machines', fields: [], named: true }],
  ['actors', { resource: 'agents', fields: ['type', 'key'], named: false }],
  ['actor', { resource: 'agents', fields: [], named: true }],
  ['task', { resource: 'tasks', fields: [], named: true }],
  ['decisions', { resource: 'coordinator', fields: ['task', 'agent'], named: false }],
  ['dead-letters', { resource: 'dead-letters', fields: ['type', 'code'], named: false }],
  ['alerts', { resource: 'alerts', fields: [], named: false }],
])

const nameCharactersMax = 8_192
const valuesMax = 200

/** Throws RequestInvalid for a name that is none, NotAllowed for another tenant's. */
export function topicSpecOf(name: string, caller: Caller, tenantDefault: string): TopicSpec {
  if (name.length > nameCharactersMax) throw new RequestInvalid(`a topic of ${name.length} characters: ${nameCharactersMax} at most`)
  const [path, search] = splitAt(name, '?')
  const [first, rest] = splitAt(path, '/')
  const kind = kinds.get(first)
  if (!kind || kind.named !== (rest !== undefined) || rest === '') throw unknownTopic(name)
  const fields = new URLSearchParams(search)
  const tenant = tenantOf(caller, fields.get('tenant') ?? undefined, name)
  const filters = filtersOf(fields, kind, name)
  const wanted = { resource: kind.resource, action: 'read' } as const
  const common = { kind: first as TopicKind, wanted, filters } // it is a key of `kinds`
  if (rest === undefined) return { ...common, tenant, id: idOf(first, tenant, filters) }
  if (first === 'machine') return { ...common, tenant: undefined, id: `machine/${rest}`, filters: new Map([['type', new Set([rest])]]) }
  const actor = first === 'task' ? taskActor(rest, tenant ?? tenantDefault) : rest
  const address = parseActorId(actor)
  if (!address) throw new RequestInvalid(`topic '${name.slice(0, shownMax)}': '${actor.slice(0, shownMax)}' is not tenant/type/key`)
  if (caller.tenant !== '*' && address.tenant !== caller.tenant) throw foreign(name, caller)
  return { ...common, tenant: address.tenant, actor: actor as ActorId, id: `${first}/${actor}` } // parsed just now
}

const shownMax = 200

const unknownTopic = (name: string): RequestInvalid =>
  new RequestInvalid(
    `topic '${name.slice(0, shownMax)}': there is no such topic; there are fleet, machine/<type>, actors, actor/<id>, task/<id>, decisions, dead-letters and alerts`,
  )

const foreign = (name: string, { id, tenant }: Caller): NotAllowed =>
  new NotAllowed(`topic '${name.slice(0, shownMax)}': ${id} sees tenant ${tenant} only`)

/** N1 */
function tenantOf(caller: Caller, named: string | undefined, name: string): string | undefined {
  if (caller.tenant === '*') return named === '*' ? undefined : named
  if (named !== undefined && named !== caller.tenant) throw foreign(name, caller)
  return caller.tenant
}

function filtersOf(fields: URLSearchParams, kind: Kind, name: string): TopicSpec['filters'] {
  const unknown = [...fields.keys()].filter((field) => field !== 'tenant' && !kind.fields.includes(field))
  if (unknown.length > 0)
    throw new RequestInvalid(
      `topic '${name.slice(0, shownMax)}': it has no ${unknown.slice(0, 5).join(', ')}; it has ${['tenant', ...kind.fields].join(', ')}`,
    )
  if (fields.size > valuesMax) throw new RequestInvalid(`topic '${name.slice(0, shownMax)}': ${fields.size} values, ${valuesMax} at most`)
  return new Map(kind.fields.flatMap((field) => (fields.has(field) ? [[field, new Set(fields.getAll(field).toSorted())] as const] : [])))
}

/** A task is named by its key, or by its whole address. */
const taskActor = (rest: string, tenant: string): string => (parseActorId(rest)?.type === 'task' ? rest : `${tenant}/task/${rest}`)

/** N2 */
function idOf(kind: string, tenant: string | undefined, filters: TopicSpec['filters']): string {
  const search = new URLSearchParams()
  for (const [field, values] of filters) for (const value of values) search.append(field, value)
  return `${kind} ${tenant ?? '*'} ${search.toString()}`
}

function splitAt(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** Whether a value passes the filter of a field. */
export const passes = ({ filters }: Pick<TopicSpec, 'filters'>, field: string, value: string | undefined): boolean => {
  const wanted = filters.get(field)
  return wanted === undefined || (value !== undefined && wanted.has(value))
}
