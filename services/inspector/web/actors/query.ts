// Query
// What is looked for among actors, as people write it (`type:agent-* state:working.thinking idle:>5m words`) and as it stands in the address, which is
// what the gateway is asked. Pure.
import { leafPaths } from '../agent/state-value.ts'

/** By the names of the gateway's parameters; what is not looked for is absent. */
export type ActorQuery = Readonly<Partial<Record<FieldName, string>>>

export const fieldNames = [
  'type',
  'status',
  'held',
  'state',
  'tag',
  'task',
  'idleMs',
  'activeMs',
  'ageMs',
  'youngMs',
  'costUsd',
  'failures',
  'mailbox',
  'sort',
  'q',
] as const
export type FieldName = (typeof fieldNames)[number]

export const sorts = [
  ['actor', 'address'],
  ['recent', 'latest turn'],
  ['idle', 'longest idle'],
  ['cost', 'cost and tokens'],
  ['failures', 'failures'],
] as const

/** `of`: the query of an address. */
export const queryIn = (of: Readonly<Record<string, string>>): ActorQuery =>
  Object.fromEntries(fieldNames.flatMap((name) => (Object.hasOwn(of, name) && of[name] !== '' ? [[name, of[name]]] : [])))

/** The same with something else looked for; an empty text takes it away. */
export const queryWith = (query: ActorQuery, change: ActorQuery): ActorQuery => queryIn({ ...query, ...change })

/** What goes into an address, and to the gateway: always in the same order. */
export const fieldsOf = (query: ActorQuery): Readonly<Record<string, string>> =>
  Object.fromEntries(
    fieldNames.flatMap((name) => {
      const value = query[name]
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  )

export const isSame = (one: ActorQuery, other: ActorQuery): boolean => JSON.stringify(fieldsOf(one)) === JSON.stringify(fieldsOf(other))

/** Fields that are written by the same word, from below or from above. */
const spans: Readonly<Record<string, { readonly over: FieldName; readonly under: FieldName }>> = {
  idle: { over: 'idleMs', under: 'activeMs' },
  age: { over: 'ageMs', under: 'youngMs' },
}
const plainWords: ReadonlySet<string> = new Set(['type', 'status', 'held', 'state', 'tag', 'task', 'sort'])
const amounts: ReadonlySet<string> = new Set(['cost', 'failures', 'mailbox'])

export function textOf(query: ActorQuery): string {
  const parts = fieldNames.flatMap((name) => {
    const value = query[name]
    if (value === undefined || value === '' || name === 'q') return []
    const span = Object.entries(spans).find(([, { over, under }]) => name === over || name === under)
    if (span) return [`${span[0]}:${name === span[1].over ? '>' : '<'}${timeText(Number(value))}`]
    return [name === 'costUsd' ? `cost:>=${value}` : name === 'failures' || name === 'mailbox' ? `${name}:>=${value}` : `${name}:${value}`]
  })
  return [...parts, query.q ?? ''].filter((part) => part !== '').join(' ')
}

/** What is no field is a word; the gateway looks for all words together, as a part of the address. */
export function parseText(text: string): ActorQuery {
  const found: Record<string, string> = {}
  const words: string[] = []
  for (const part of text.split(/\s+/).filter((one) => one !== '')) {
    const read = fieldIn(part)
    if (read) found[read[0]] = read[1]
    else words.push(part)
  }
  return queryIn({ ...found, q: words.join(' ') })
}

function fieldIn(part: string): readonly [FieldName, string] | undefined {
  const [, name = '', sign = '', value = ''] = /^(\w+):(>=|<=|>|<)?(.+)$/s.exec(part) ?? []
  if (sign === '' && plainWords.has(name)) return [name as FieldName, value]
  const span = Object.hasOwn(spans, name) ? spans[name] : undefined
  const ms = span && msIn(value)
  if (span && ms !== undefined) return [sign.startsWith('<') ? span.under : span.over, String(ms)]
  if (!amounts.has(name) || sign.startsWith('<')) return undefined
  const amount = Number(value)
  if (!Number.isFinite(amount) || amount < 0) return undefined
  if (name === 'cost') return ['costUsd', String(amount)]
  // More than none is at least one.
  return [name as FieldName, String(Math.max(1, Math.ceil(amount) + (sign === '>' && Number.isInteger(amount) ? 1 : 0)))]
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const

function msIn(text: string): number | undefined {
  const [, amount = '', unit = 's'] = /^(\d+(?:\.\d+)?)(d|h|m|s|ms)?$/.exec(text) ?? []
  const size = units.find(([name]) => name === unit)?.[1] ?? 1_000
  return amount === '' ? undefined : Math.round(Number(amount) * size)
}

function timeText(ms: number): string {
  const [unit, size] = units.find(([, one]) => ms >= one && ms % one === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}

export interface Seen {
  readonly actor: string
  readonly type: string
  readonly status: string
  readonly state?: unknown
  readonly held?: boolean
}

/** Fields that an actor that was just heard of says nothing about. */
const unseen: readonly FieldName[] = ['tag', 'task', 'idleMs', 'ageMs', 'costUsd', 'failures', 'mailbox']

/** Whether an actor that was just heard of is among those looked for, as far as it can be told. */
export function fits(query: ActorQuery, seen: Seen): boolean {
  const { type = '', status = '', state, held, q = '' } = query
  const ofType = type === '' || (type.endsWith('*') ? seen.type.startsWith(type.slice(0, -1)) : seen.type === type)
  return (
    ofType &&
    unseen.every((name) => query[name] === undefined) &&
    (status === '' || seen.status === status) &&
    (held !== 'true' || seen.held === true) &&
    (state === undefined || leafPaths(seen.state).some((path) => path === state || path.startsWith(`${state}.`))) &&
    seen.actor.toLowerCase().includes(q.toLowerCase())
  )
}
