// Place
// What an address of the page means, and the address of what is shown: every position has one, a moment of an actor too. Pure.

export interface Place {
  /** The page: `agents`, `tasks`. */
  readonly page: string
  /** What it shows one of: an actor, a task, a decision. */
  readonly id?: string
  /** The moment of an actor; left out: now. */
  readonly turn?: number
  readonly query: Readonly<Record<string, string>>
}

export const homePage = 'fleet'
const turnMax = Number.MAX_SAFE_INTEGER

/** Never fails: an address that means nothing is the home page, one that is no UTF-8 is taken as it is written. */
export function placeOf(pathname: string, search = ''): Place {
  const [, page = '', rest = ''] = /^\/([^/]*)\/?(.*)$/s.exec(pathname) ?? []
  const query: Record<string, string> = Object.fromEntries(new URLSearchParams(search))
  if (page === '') return { page: homePage, query }
  if (rest === '') return { page, query }
  const [, written = rest, turn] = /^(.+)@(\d{1,16})$/s.exec(rest) ?? []
  const at = turn === undefined ? undefined : Number(turn)
  return { page, id: decoded(written), ...(at !== undefined && at <= turnMax && { turn: at }), query }
}

/** Slashes stay readable; everything else that an address gives a meaning is encoded, `@` too. */
export function pathOf({ page, id, turn, query = {} }: Omit<Place, 'query'> & { readonly query?: Place['query'] }): string {
  const search = new URLSearchParams(query).toString()
  const one = id === undefined ? '' : `/${id.split('/').map(encodeURIComponent).join('/')}`
  return `/${page}${one}${turn === undefined ? '' : `@${turn}`}${search === '' ? '' : `?${search}`}`
}

export const agentPath = (actor: string, turn?: number): string =>
  pathOf({ page: 'agents', id: actor, ...(turn !== undefined && { turn }) })

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
