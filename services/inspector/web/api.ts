// API
// The gateway's operations for the page: typed answers, and failures as values that say what to do.
//
// A1. A request ends with the view that made it: every one takes a signal, or is one click's.
// A2. Whatever comes back that is no success becomes a `Problem`; nothing is thrown but an abort.
// A3. While an export is open it answers instead (O1 of offline/source.ts), and nothing is sent.
import { ExportReadOnly, GatewayUnreachable } from './errors.ts'
import { openedExport, readOnlyReason } from './offline/source.ts'
import { askForCredentials, authorization } from './session.ts'

/** As the gateway tells it (RFC 9457), or made here when nobody answered. */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly faults?: readonly string[]
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem }

/** Prefer `useAnswer` in views: it aborts and asks again. */
export function get<T>(path: string, signal?: AbortSignal): Promise<Answer<T>> {
  const recorded = openedExport.peek()?.answer(path) // A3
  // An export was made of such answers.
  if (recorded) return Promise.resolve(recorded as Answer<T>)
  return ask<T>(path, { method: 'GET', headers: authorization(), ...(signal && { signal }) })
}

/** What the gateway answers as a file, and the name that it gives it. */
export async function download(path: string): Promise<Answer<{ readonly blob: Blob; readonly name: string }>> {
  const told = await answerOf(path, { method: 'GET', headers: authorization() }, (response) => response.blob())
  if ('problem' in told) return { ok: false, problem: told.problem }
  const { response, body } = told
  if (!response.ok) return { ok: false, problem: problemOf(response, parsed(await body.text())) }
  const [, name = 'troupe-export'] = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '') ?? []
  return { ok: true, value: { blob: body, name } }
}

/** Each call carries a key of its own: the browser may repeat it, the gateway does it once. */
export const post = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<Answer<T>> =>
  change<T>(path, 'POST', {
    headers: { ...authorization(), 'Content-Type': 'application/json', 'Idempotency-Key': newKey() },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })

/** Twice is as once: it needs no key. */
export const put = <T>(path: string, body: unknown): Promise<Answer<T>> =>
  change<T>(path, 'PUT', { headers: { ...authorization(), 'Content-Type': 'application/json' }, body: JSON.stringify(body) })

export const remove = <T>(path: string): Promise<Answer<T>> => change<T>(path, 'DELETE', { headers: authorization() })

function change<T>(path: string, method: 'POST' | 'PUT' | 'DELETE', init: RequestInit): Promise<Answer<T>> {
  if (openedExport.peek()) return Promise.resolve({ ok: false, problem: readOnly(path) })
  return ask<T>(path, { ...init, method })
}

function readOnly(path: string): Problem {
  const { code, message } = new ExportReadOnly(`${path}: ${readOnlyReason}`)
  return { status: 409, code, title: 'An export only shows', detail: message }
}

/** `crypto.randomUUID` is there over HTTPS and on this machine only. */
const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** `{a: 1, b: undefined}` is `?a=1`. */
export function queryOf(fields: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(fields).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

export const actorPath = (actor: string): string => `/actors/${encodeURIComponent(actor)}`

async function ask<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  const told = await answerOf(path, init, async (response) => parsed(await response.text()))
  if ('problem' in told) return { ok: false, problem: told.problem }
  const { response, body } = told
  if (response.status === 401) askForCredentials()
  // The gateway checks its answers against the shapes it documents.
  return response.ok ? { ok: true, value: body as T } : { ok: false, problem: problemOf(response, body) }
}

type Told<Body> = { readonly response: Response; readonly body: Body } | { readonly problem: Problem }

async function answerOf<Body>(path: string, init: RequestInit, read: (response: Response) => Promise<Body>): Promise<Told<Body>> {
  try {
    const response = await fetch(`/v1${path}`, init)
    return { response, body: await read(response) }
  } catch (error) {
    if (init.signal?.aborted) throw error // A1
    const { code, message } = new GatewayUnreachable(`${path}: the gateway did not answer`, { cause: error })
    return { problem: { status: 0, code, title: 'The gateway does not answer', detail: message } }
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A2: a proxy in between may answer with a page of its own. */
function problemOf(response: Response, body: unknown): Problem {
  const { status, statusText } = response
  const told = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>
  return {
    status,
    code: told.code ?? `HTTP ${status}`,
    title: told.title ?? 'It did not work',
    detail: told.detail ?? (statusText || `The answer has status ${status}`),
    ...(told.faults && { faults: told.faults }),
  }
}

/** What a reader can do about it; by status, for codes explain themselves in docs/errors.md. */
export function adviceOf({ status, code }: Problem): string {
  if (code === 'TR_NOT_IN_EXPORT') return 'An export holds one run; the running system has the rest.'
  if (status === 0) return 'See whether it runs; the page asks again by itself.'
  if (status === 401) return 'Sign in again, or give the page a token.'
  if (status === 403) return 'Your role does not allow it: an operator can change that.'
  if (status === 404) return 'Nothing has this name here, or this gateway does not offer it.'
  if (status === 410) return 'The log no longer holds it.'
  if (status === 429) return 'Wait a moment, then try again.'
  if (status >= 500) return `The gateway's log says more; docs/errors.md explains ${code}.`
  return `docs/errors.md explains ${code}.`
}
