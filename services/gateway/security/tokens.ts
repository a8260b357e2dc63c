// Tokens
// JSON Web Tokens of an issuer that the settings name, checked with its public keys (RFC 7519, RFC 8725). jose does the cryptography.
//
// J1. Only signatures by these algorithms count; the token does not choose: no `none`, and no HMAC made with a public key.
// J2. Keys that leave the set are forgotten: at the latest when what is kept of it is as old as `keysMsMax`.
// J3. What is said of a refused token names the check that failed, never what the token held.
import { readFile } from 'node:fs/promises'
import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { addressFault } from '../../../machines/address.ts'
import type { Caller } from '../caller.ts'
import { NotAuthenticated, TokenKeysUnavailable } from '../errors.ts'
import { isRole } from './api-key.ts'

export interface TokenSpec {
  /** Where the issuer publishes its keys (RFC 7517): an address, or a file. */
  readonly keys: { readonly url: URL } | { readonly file: string }
  readonly issuer: string
  readonly audience: string
  readonly now: () => number
  readonly timing?: Partial<TokenTiming>
}

export interface TokenTiming {
  /** How old what is kept of the keys may be. Default 300,000. */
  readonly keysMsMax: number
  /** How soon an unknown key id makes us ask again, so that strangers cannot make us ask all the time. Default 10,000. */
  readonly cooldownMs: number
  /** How long the issuer may take to answer. Default 5,000. */
  readonly answerMs: number
}

const timingDefaults: TokenTiming = { keysMsMax: 300_000, cooldownMs: 10_000, answerMs: 5_000 }
const algorithms = ['RS256', 'ES256', 'EdDSA'] // J1
/** Clocks of two machines differ. */
const toleranceSeconds = 5
const tokenCharactersMax = 8_192
const subjectCharactersMax = 200
const rolesMax = 16
const keysBytesMax = 262_144

export interface Tokens {
  /** Throws NotAuthenticated and TokenKeysUnavailable. */
  callerOf(token: string): Promise<Caller>
}

export function openTokens({ keys, issuer, audience, now, timing }: TokenSpec): Tokens {
  const getKey =
    'url' in keys ? remoteKeys(keys.url, { ...timingDefaults, ...timing }) : fileKeys(keys.file, { ...timingDefaults, ...timing }, now)
  return {
    callerOf: async (token) => {
      if (token.length > tokenCharactersMax) throw refused(`it is longer than ${tokenCharactersMax} characters`)
      try {
        const { payload } = await jwtVerify(token, getKey, {
          algorithms,
          issuer,
          audience,
          clockTolerance: toleranceSeconds,
          requiredClaims: ['sub', 'exp'],
          currentDate: new Date(now()),
        })
        return callerOfClaims(payload, now())
      } catch (error) {
        if (error instanceof NotAuthenticated || error instanceof TokenKeysUnavailable) throw error
        throw refused(failedCheck(error), error)
      }
    },
  }
}

function callerOfClaims({ sub, iat, tenant, roles }: JWTPayload, now: number): Caller {
  if (sub === undefined || sub === '' || sub.length > subjectCharactersMax)
    throw refused(`its subject (sub) is not 1 to ${subjectCharactersMax} characters`)
  if (iat !== undefined && iat > now / 1_000 + toleranceSeconds) throw refused('it was issued in the future (iat)')
  if (typeof tenant !== 'string' || (tenant !== '*' && addressFault({ tenant, type: 'any', key: 'any' }) !== undefined))
    throw refused('it names no tenant (claim tenant)')
  const named = typeof roles === 'string' ? roles.split(' ') : Array.isArray(roles) ? roles.map(String) : []
  return { id: sub, tenant, roles: named.slice(0, rolesMax).filter(isRole), via: 'token' }
}

/** J3: by the code of the fault; its message may quote the token. */
function failedCheck(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired (exp)'
  if (error instanceof errors.JWTClaimValidationFailed) return claimFaults.get(error.claim) ?? 'a claim of it is not what it must be'
  if (error instanceof errors.JOSEAlgNotAllowed) return `its algorithm (alg) is none of ${algorithms.join(', ')}`
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is not by that key of the issuer (signature)'
  if (error instanceof errors.JWKSNoMatchingKey) return 'the issuer has no such key (kid, alg)'
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'it does not say which of the keys of the issuer it is by (kid)'
  return 'it is no signed token that can be read'
}

const claimFaults: ReadonlyMap<string, string> = new Map([
  ['iss', 'it is by another issuer (iss)'],
  ['aud', 'it is for another audience (aud)'],
  ['nbf', 'it is not good yet (nbf)'],
  ['sub', 'it names no subject (sub)'],
  ['exp', 'it does not say when it expires (exp)'],
  ['iat', 'it does not say well when it was issued (iat)'],
])

const refused = (why: string, cause?: unknown): NotAuthenticated => new NotAuthenticated(`checking the token: ${why}`, { cause })

function remoteKeys(url: URL, { keysMsMax, cooldownMs, answerMs }: TokenTiming): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, {
    cacheMaxAge: keysMsMax, // J2
    cooldownDuration: cooldownMs,
    timeoutDuration: answerMs,
    [customFetch]: fetchBounded,
  })
  return (header, token) => orUnavailable(() => keys(header, token), url.href)
}

/** What the issuer's server sends is a few keys, whatever it is. */
async function fetchBounded(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > keysBytesMax) throw new TypeError(`the key set is larger than ${keysBytesMax} bytes`)
    chunks.push(chunk)
  }
  return new Response(Buffer.concat(chunks), { status: response.status })
}

/** The file is read again when it is older than `keysMsMax`, or when a key is not in it. */
function fileKeys(file: string, { keysMsMax, cooldownMs }: TokenTiming, now: () => number): JWTVerifyGetKey {
  let known: { readonly readAt: number; readonly keys: ReturnType<typeof createLocalJWKSet> } | undefined
  const read = async () => (known = { readAt: now(), keys: createLocalJWKSet(JSON.parse(await readFile(file, 'utf8'))) })
  return (header, token) =>
    orUnavailable(async () => {
      const { keys, readAt } = known && now() - known.readAt < keysMsMax ? known : await read() // J2
      try {
        return await keys(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || now() - readAt < cooldownMs) throw error
        return (await read()).keys(header, token)
      }
    }, file)
}

/** A token that fits no key is refused; keys that cannot be had are our trouble, not the caller's. */
async function orUnavailable<Key>(find: () => Promise<Key>, where: string): Promise<Key> {
  try {
    return await find()
  } catch (error) {
    if (
      error instanceof errors.JWKSNoMatchingKey ||
      error instanceof errors.JWKSMultipleMatchingKeys ||
      error instanceof errors.JOSENotSupported
    )
      throw error
    throw new TokenKeysUnavailable(`checking a token: the keys of its issuer cannot be had from ${where}; try again`, { cause: error })
  }
}
