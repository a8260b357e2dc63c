// Exposure
// Who may come without saying who they are: on loopback, with nothing configured, the person at the machine; beyond it, nobody.
//
// E1. A page of somebody else that the person has open is not the person: a request that a browser made for another origin, or under
//     another name of this machine (DNS rebinding), or that came through a proxy, is not taken as local.
import { isIPv4 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { Settings } from '../../settings.ts'
import { SettingInvalid } from '../../settings.ts'
import { GatewayExposed } from '../errors.ts'

export type AccessMode = 'local' | 'required'

/** How the gateway knows its callers; said in /v1/config and in the log. */
export interface Exposure {
  readonly mode: AccessMode
  readonly tokens: boolean
  readonly says: string
}

/** Only these names are this machine and no other, whatever a name server says. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))

type Configured = Pick<
  Settings,
  'TROUPE_GATEWAY_HOST' | 'TROUPE_GATEWAY_ACCESS' | 'TROUPE_JWKS_URL' | 'TROUPE_JWKS_FILE' | 'TROUPE_JWT_ISSUER' | 'TROUPE_JWT_AUDIENCE'
>

/** Throws GatewayExposed, and SettingInvalid for half a configuration of tokens. */
export function exposureOf(settings: Configured, hasKeys: boolean): Exposure {
  const tokens = hasTokens(settings)
  const { TROUPE_GATEWAY_HOST: host, TROUPE_GATEWAY_ACCESS: access } = settings
  if (isLoopback(host) && !tokens && access === 'auto')
    return { mode: 'local', tokens, says: `open to whoever is on this machine: ${host} is loopback and no tokens are configured` }
  if (!tokens && !hasKeys)
    throw new GatewayExposed(
      `starting the gateway on ${host}: callers would have to say who they are, and nobody could. ` +
        'Create a key with `troupe keys create <name> --role admin`, or set TROUPE_JWKS_URL, TROUPE_JWT_ISSUER and TROUPE_JWT_AUDIENCE' +
        (isLoopback(host) ? '.' : ', or listen on 127.0.0.1.'),
    )
  const by = tokens ? 'tokens and keys' : 'keys'
  return { mode: 'required', tokens, says: `callers are known by ${by}` }
}

function hasTokens(settings: Configured): boolean {
  const { TROUPE_JWKS_URL: url, TROUPE_JWKS_FILE: file, TROUPE_JWT_ISSUER: issuer, TROUPE_JWT_AUDIENCE: audience } = settings
  if (url === undefined && file === undefined && issuer === undefined && audience === undefined) return false
  if ((url === undefined) === (file === undefined))
    throw new SettingInvalid('checking tokens needs their keys: set one of TROUPE_JWKS_URL and TROUPE_JWKS_FILE')
  if (issuer === undefined || audience === undefined)
    throw new SettingInvalid('checking tokens needs who they are by and for whom: set TROUPE_JWT_ISSUER and TROUPE_JWT_AUDIENCE')
  if (url !== undefined) mustBeSafe(url)
  return true
}

/** Whoever can change the keys on their way can make tokens. */
function mustBeSafe(text: string): void {
  if (!URL.canParse(text)) throw new SettingInvalid(`TROUPE_JWKS_URL: '${text}' is no address`)
  const { protocol, hostname } = new URL(text)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname)))
    throw new SettingInvalid(
      `TROUPE_JWKS_URL: ${protocol}//${hostname} is neither https nor on this machine; the keys must not be changed on their way`,
    )
}

/** Why a request without credentials is not from the person at the machine (E1); undefined: it is. */
export function strangeness({ headers, ip }: Pick<FastifyRequest, 'headers' | 'ip'>, origins: readonly string[]): string | undefined {
  const { host = '', origin, forwarded } = headers
  if (!isLoopback(ip.replace(/^::ffff:/, ''))) return `it comes from ${ip}`
  if (forwarded !== undefined || headers['x-forwarded-for'] !== undefined)
    return 'it came through a proxy: set TROUPE_GATEWAY_ACCESS=required behind one'
  if (!isLoopback(nameIn(host))) return 'it calls this machine by another name'
  if (origin !== undefined)
    return origin === `http://${host}` || origins.includes(origin) ? undefined : 'it is from a page of another origin'
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'it is from a page of another site'
  return undefined
}

/** Without the port. */
const nameIn = (host: string): string => host.replace(/:\d+$/, '')
