// Gateway: the HTTP API as a program asks it, to compare with what the page shows.

export interface Rows<Row = Readonly<Record<string, unknown>>> {
  readonly rows: readonly Row[]
}

export interface Gateway {
  /** Throws when the answer is a problem. */
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
}

export const actorPath = (actor: string): string => `/actors/${encodeURIComponent(actor)}`

export function gatewayAt(url: string): Gateway {
  const ask = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const answer = await fetch(`${url}/v1${path}`, init)
    const body = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${body}`)
    return JSON.parse(body) as T
  }
  return {
    get: (path) => ask(path),
    post: (path, body) => ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }
}
