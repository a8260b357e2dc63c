// Issuer for tests: a real HTTP server that publishes public keys, and tokens signed with the private ones.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'

export const issuerName = 'https://issuer.example'
export const audience = 'troupe'

export interface TestIssuer {
  readonly url: URL
  readonly asked: () => number
  /** Publishes a new key under this id, in place of the others or beside them. */
  rotate(kid: string, options?: { readonly alg?: string; readonly keep?: boolean }): Promise<void>
  /** A token by a key that was published at some time; `undefined` takes a claim away. */
  token(claims?: Readonly<Record<string, unknown>>, header?: { readonly kid?: string; readonly alg?: string }): Promise<string>
  /** What it answers from now on, instead of its keys. */
  answer(status: number, body: string): void
  jwks(): string
  close(): Promise<void>
}

export async function startIssuer(): Promise<TestIssuer> {
  const secrets = new Map<string, { readonly alg: string; readonly key: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'] }>()
  let published: object[] = []
  let fixed: { readonly status: number; readonly body: string } | undefined
  let newest = ''
  let asked = 0
  const jwks = (): string => JSON.stringify({ keys: published })
  const server = createServer((_, response) => {
    asked++
    response.writeHead(fixed?.status ?? 200, { 'content-type': 'application/json' }).end(fixed?.body ?? jwks())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer: TestIssuer = {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`),
    asked: () => asked,
    jwks,
    rotate: async (kid, { alg = 'ES256', keep = false } = {}) => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
      secrets.set(kid, { alg, key: privateKey })
      published = [...(keep ? published : []), { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }]
      newest = kid
    },
    token: (claims = {}, { kid = newest, alg } = {}) => {
      const secret = secrets.get(kid)
      if (!secret) throw new Error(`no key ${kid}`)
      const now = Math.floor(Date.now() / 1_000)
      const all = { sub: 'ada', tenant: 'acme', roles: ['viewer'], iss: issuerName, aud: audience, iat: now, exp: now + 600, ...claims }
      return new SignJWT(JSON.parse(JSON.stringify(all)) as JWTPayload).setProtectedHeader({ alg: alg ?? secret.alg, kid }).sign(secret.key)
    },
    answer: (status, body) => void (fixed = { status, body }),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  await issuer.rotate('k1')
  return issuer
}
