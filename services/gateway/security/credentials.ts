// Credentials
// What a request brought to say who it is from: a bearer token or key, `X-Api-Key`, or, from a page that cannot set headers on a WebSocket, a subprotocol.
import type { IncomingHttpHeaders } from 'node:http'
import { NotAuthenticated } from '../errors.ts'

export type Credentials = { readonly kind: 'key' | 'token'; readonly text: string }

const keyPrefix = 'trp_'
const protocolPrefix = 'bearer.'

/** Undefined: it brought none. Throws NotAuthenticated for what is no credentials of ours. Never takes them from the address, which ends up in logs. */
export function credentialsIn(headers: IncomingHttpHeaders): Credentials | undefined {
  const { authorization, 'x-api-key': key, 'sec-websocket-protocol': protocols } = headers
  if (typeof key === 'string') return { kind: 'key', text: key.trim() }
  if (authorization !== undefined) {
    const [, text] = /^Bearer +(\S+) *$/i.exec(authorization) ?? []
    if (text === undefined) throw new NotAuthenticated('reading the header Authorization: it is not Bearer and a token or key')
    return ofText(text)
  }
  const offered = protocols?.split(',').map((name) => name.trim())
  const bearer = offered?.find((name) => name.startsWith(protocolPrefix))
  return bearer === undefined ? undefined : ofText(bearer.slice(protocolPrefix.length))
}

const ofText = (text: string): Credentials => ({ kind: text.startsWith(keyPrefix) ? 'key' : 'token', text })
