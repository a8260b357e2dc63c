// Query
// What is looked for among actors, as it stands in the address and as people write it: `type:agent-* status:active held:true words`. Pure.

export interface ActorQuery {
  readonly type: string
  readonly status: string
  readonly held: boolean
  readonly words: string
}

export const actorStatuses = ['active', 'done', 'error', 'stopped'] as const
const fields = ['type', 'status', 'held'] as const

/** `of`: the query of an address. */
export const queryIn = (of: Readonly<Record<string, string>>): ActorQuery => ({
  type: of['type'] ?? '',
  status: of['status'] ?? '',
  held: of['held'] === 'true',
  words: of['q'] ?? '',
})

/** What goes into an address, and to the gateway. */
export const fieldsOf = ({ type, status, held, words }: ActorQuery): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries({ type, status, held: held ? 'true' : '', q: words }).filter(([, value]) => value !== ''))

export const textOf = ({ type, status, held, words }: ActorQuery): string =>
  [type && `type:${type}`, status && `status:${status}`, held && 'held:true', words]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' ')

/** What is no field is a word; the gateway looks for all words together, as a part of the address. */
export function parseText(text: string): ActorQuery {
  const found = new Map<string, string>()
  const words: string[] = []
  for (const part of text.split(/\s+/).filter((one) => one !== '')) {
    const [name = '', ...rest] = part.split(':')
    if (rest.length > 0 && fields.some((field) => field === name)) found.set(name, rest.join(':'))
    else words.push(part)
  }
  return queryIn({ ...Object.fromEntries(found), q: words.join(' ') })
}

export interface Seen {
  readonly actor: string
  readonly type: string
  readonly status: string
  readonly held?: boolean
}

/** Whether an actor that was just heard of is among those looked for. */
export function fits({ type, status, held, words }: ActorQuery, seen: Seen): boolean {
  const ofType = type === '' || (type.endsWith('*') ? seen.type.startsWith(type.slice(0, -1)) : seen.type === type)
  return (
    ofType &&
    (status === '' || seen.status === status) &&
    (!held || seen.held === true) &&
    seen.actor.toLowerCase().includes(words.toLowerCase())
  )
}
