import { createHmac } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished, expect, test } from 'vitest'
import { openTokens, type TokenTiming } from '../../../services/gateway/security/tokens.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { audience, issuerName, startIssuer } from './issuer.ts'

async function setUp(timing: Partial<TokenTiming> = {}) {
  const issuer = await startIssuer()
  onTestFinished(() => issuer.close())
  let skew = 0
  const now = (): number => Date.now() + skew
  const tokens = openTokens({ keys: { url: issuer.url }, issuer: issuerName, audience, now, timing })
  return { issuer, tokens, sleep: (ms: number) => void (skew += ms) }
}

const seconds = (fromNow: number): number => Math.floor(Date.now() / 1_000) + fromNow
const b64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const refusal = (check: string | RegExp) => ({ code: 'TR_NOT_AUTHENTICATED', message: expect.stringMatching(check) })

test('a good token is its caller, of every algorithm that is taken', async () => {
  const { issuer, tokens } = await setUp()
  for (const alg of ['RS256', 'ES256', 'EdDSA']) await issuer.rotate(alg, { alg, keep: true })
  for (const kid of ['RS256', 'ES256', 'EdDSA']) {
    const token = await issuer.token({ roles: ['operator', 'emperor', 'constructor'] }, { kid })
    expect(await tokens.callerOf(token)).toEqual({ id: 'ada', tenant: 'acme', roles: ['operator'], via: 'token' })
  }
  expect(await tokens.callerOf(await issuer.token({ tenant: '*', roles: 'viewer admin' }))).toMatchObject({
    tenant: '*',
    roles: ['viewer', 'admin'],
  })
  expect(await tokens.callerOf(await issuer.token({ roles: undefined }))).toMatchObject({ roles: [] })
})

test.each([
  ['another issuer', { iss: 'https://elsewhere.example' }, /\(iss\)/],
  ['no issuer', { iss: undefined }, /\(iss\)/],
  ['another audience', { aud: 'billing' }, /\(aud\)/],
  ['no audience', { aud: undefined }, /\(aud\)/],
  ['an expired token', { exp: seconds(-60) }, /\(exp\)/],
  ['a token that never expires', { exp: undefined }, /\(exp\)/],
  ['a token that is not good yet', { nbf: seconds(60) }, /\(nbf\)/],
  ['a token issued in the future', { iat: seconds(60) }, /\(iat\)/],
  ['a token without a subject', { sub: undefined }, /\(sub\)/],
  ['a token with an empty subject', { sub: '' }, /\(sub\)/],
  ['a token without a tenant', { tenant: undefined }, /claim tenant/],
  ['a token whose tenant is no name', { tenant: 'a/b' }, /claim tenant/],
  ['a token of two tenants', { tenant: ['acme', 'rival'] }, /claim tenant/],
])('%s is refused, saying which check failed and nothing that it held', async (_, claims, check) => {
  const { issuer, tokens } = await setUp()
  const token = await issuer.token({ ...claims, secret: 'swordfish' })
  const failed = await tokens.callerOf(token).catch((error: unknown) => error)
  expect(failed).toMatchObject(refusal(check))
  expect(String(failed)).not.toMatch(/swordfish|elsewhere|billing|a\/b/)
})

test('a token by no algorithm, or by HMAC with the public key as its secret, is refused', async () => {
  const { issuer, tokens } = await setUp()
  const [, payload = ''] = (await issuer.token()).split('.')
  const none = `${b64({ alg: 'none', kid: 'k1' })}.${payload}.`
  await expect(tokens.callerOf(none)).rejects.toMatchObject(refusal(/\(alg\)/))
  for (const alg of ['HS256', 'HS512']) {
    const signed = `${b64({ alg, kid: 'k1' })}.${payload}`
    const digest = createHmac(alg === 'HS256' ? 'sha256' : 'sha512', issuer.jwks())
      .update(signed)
      .digest('base64url')
    await expect(tokens.callerOf(`${signed}.${digest}`)).rejects.toMatchObject(refusal(/\(alg\)/))
  }
  await issuer.rotate('ps', { alg: 'PS256', keep: true })
  await expect(tokens.callerOf(await issuer.token({}, { kid: 'ps' }))).rejects.toMatchObject(refusal(/\(alg\)/))
})

test('a changed token, one signed with another key under a known id, and what is no token are refused', async () => {
  const { issuer, tokens } = await setUp({ cooldownMs: 60_000 })
  const other = await startIssuer()
  onTestFinished(() => other.close())
  const [header, , signature] = (await issuer.token()).split('.')
  const changed = `${header}.${b64({ sub: 'ada', tenant: '*', roles: ['admin'], iss: issuerName, aud: audience, exp: seconds(60) })}.${signature}`
  await expect(tokens.callerOf(changed)).rejects.toMatchObject(refusal(/\(signature\)/))
  await expect(tokens.callerOf(await other.token())).rejects.toMatchObject(refusal(/\(signature\)/))
  for (const nonsense of ['', '.', 'a.b.c', '..', 'x'.repeat(20_000), b64({ alg: 'ES256' }), '\u0000', '💥.💥.💥'])
    await expect(tokens.callerOf(nonsense)).rejects.toMatchObject({ code: 'TR_NOT_AUTHENTICATED' })
})

test('keys rotate without a restart, and a key that left the set is refused', async () => {
  const { issuer, tokens } = await setUp({ cooldownMs: 0 })
  const old = await issuer.token()
  await tokens.callerOf(old)
  await issuer.rotate('k2', { keep: true })
  const next = await issuer.token()
  await tokens.callerOf(next)
  await tokens.callerOf(old) // both are published
  await issuer.rotate('k3')
  await tokens.callerOf(await issuer.token())
  await expect(tokens.callerOf(old)).rejects.toMatchObject(refusal(/\(kid, alg\)/))
  await expect(tokens.callerOf(next)).rejects.toMatchObject(refusal(/\(kid, alg\)/))
})

test('a key that left the set is refused although nobody came with a new one, once what is kept is too old', async () => {
  const { issuer, tokens } = await setUp({ keysMsMax: 0 })
  const old = await issuer.token()
  await tokens.callerOf(old)
  await issuer.rotate('k2')
  await expect(tokens.callerOf(old)).rejects.toMatchObject(refusal(/\(kid, alg\)/))
})

test('strangers with unknown key ids do not make the gateway ask the issuer again and again', async () => {
  const { issuer, tokens } = await setUp({ cooldownMs: 60_000 })
  await tokens.callerOf(await issuer.token())
  await issuer.rotate('unseen')
  const strange = await issuer.token()
  for (let n = 0; n < 20; n++) await expect(tokens.callerOf(strange)).rejects.toMatchObject(refusal(/kid/))
  expect(issuer.asked()).toBe(1)
})

test.each([
  ['answers with an error', 500, '{}'],
  ['answers with what is no key set', 200, '[]'],
  ['answers with no JSON', 200, '<html>'],
  ['answers without end', 200, JSON.stringify({ keys: [], padding: 'x'.repeat(300_000) })],
])('when the issuer %s, a token is not refused but cannot be checked now', async (_, status, body) => {
  const { issuer, tokens } = await setUp()
  issuer.answer(status, body)
  await expect(tokens.callerOf(await issuer.token())).rejects.toMatchObject({
    code: 'TR_TOKEN_KEYS_UNAVAILABLE',
    retryable: true,
    status: 503,
  })
})

test('keys from a file rotate with the file', async () => {
  const issuer = await startIssuer()
  onTestFinished(() => issuer.close())
  const folder = await temporaryFolder({ 'keys.json': issuer.jwks() })
  const file = join(folder, 'keys.json')
  let skew = 0
  const tokens = openTokens({ keys: { file }, issuer: issuerName, audience, now: () => Date.now() + skew })
  const old = await issuer.token()
  await tokens.callerOf(old)
  await issuer.rotate('k2')
  await writeFile(file, issuer.jwks())
  const next = await issuer.token()
  await expect(tokens.callerOf(next)).rejects.toMatchObject(refusal(/kid/)) // not read again so soon
  skew = 10_001
  expect(await tokens.callerOf(next)).toMatchObject({ id: 'ada' })
  await expect(tokens.callerOf(old)).rejects.toMatchObject(refusal(/kid/))
  await rm(file)
  skew = 400_000
  const late = await issuer.token({ iat: seconds(390), exp: seconds(900) })
  await expect(tokens.callerOf(late)).rejects.toMatchObject({ code: 'TR_TOKEN_KEYS_UNAVAILABLE' })
})
