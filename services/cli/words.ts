// Words
// What people write on the command line, read into what the runtime knows: an event, an actor, a pattern of actors.
import type { ActorEvent, Target, WatchPattern } from '../../client/index.ts'
import { ArgumentInvalid } from './errors.ts'

/** An event as one JSON object, or as `type=…` and further `name=value`: a value that reads as JSON is JSON, else it is text. */
export function parseEvent(words: readonly string[]): ActorEvent {
  const text = words.join(' ').trim()
  const event = text.startsWith('{') ? parseObject(text) : Object.fromEntries(words.map(parsePair))
  if (isEvent(event)) return event
  throw new ArgumentInvalid(`Reading the event: it has no type; give it one, such as '{"type": "task.submit"}' or type=task.submit.`)
}

const isEvent = (value: object): value is ActorEvent => 'type' in value && typeof value.type === 'string' && value.type !== ''

function parseObject(text: string): object {
  try {
    return JSON.parse(text) as object // what begins with a brace and parses is an object
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ArgumentInvalid(`Reading the event: it is not JSON (${why}); put it in single quotes so that the shell leaves it alone.`, {
      cause,
    })
  }
}

function parsePair(word: string): [string, unknown] {
  const at = word.indexOf('=')
  if (at < 1) throw new ArgumentInvalid(`Reading the event: '${word}' is neither name=value nor a JSON object.`)
  const [name, value] = [word.slice(0, at), word.slice(at + 1)]
  if (name === 'type') return [name, value]
  try {
    return [name, JSON.parse(value)]
  } catch {
    return [name, value] // plain text
  }
}

/** `tenant/type/key`; `type/key` when the tenant is given apart, or when there are two parts only. */
export function parseTarget(text: string, tenant: string, tenantIsGiven: boolean): Required<Exclude<Target, string>> {
  const parts = text.split('/')
  const hasTenant = !tenantIsGiven && parts.length > 2
  const [type, ...key] = hasTenant ? parts.slice(1) : parts
  if (type === undefined || type === '' || key.join('/') === '')
    throw new ArgumentInvalid(
      `Reading '${text}': an actor is tenant/type/key, or type/key with --tenant; '*' stands for all where a pattern is wanted.`,
    )
  return { tenant: hasTenant ? (parts[0] ?? tenant) : tenant, type, key: key.join('/') }
}

export const parsePattern: (text: string, tenant: string, tenantIsGiven: boolean) => Required<WatchPattern> = parseTarget
