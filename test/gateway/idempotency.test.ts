// Requests with an idempotency key, on a real Postgres: done once, whoever repeats them, and free again when whoever did them has died.
import { expect, test } from 'vitest'
import { localCaller } from '../../services/gateway/caller.ts'
import { once } from '../../services/gateway/idempotency.ts'
import { beginRequest, keepAnswer } from '../../services/history/kept-answers.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()
const asked = { operation: 'POST /x', what: { a: 1 } }

async function asking() {
  const orm = await postgres.open()
  const call = { caller: localCaller, tenant: undefined, idempotencyKey: 'k', parts: { orm } }
  return { orm, call }
}

test('of two at the same time one is done, and the other is told to come again; then it is given the answer', async () => {
  const { call } = await asking()
  const working = Promise.withResolvers<string>()
  let done = 0
  const work = (): Promise<string> => (done++, working.promise)
  const first = once(call, asked, work)
  await expect.poll(() => done, { timeout: 5_000 }).toBe(1)
  await expect(once(call, asked, work)).rejects.toMatchObject({
    code: 'TR_RESOURCE_CONFLICT',
    message: expect.stringContaining('being worked on'),
  })
  working.resolve('done')
  expect(await first).toBe('done')
  expect(await once(call, { ...asked, what: { a: 1 } }, work)).toBe('done')
  expect(done).toBe(1)
})

test('the key belongs to its caller, its operation and its request: another request with it is a conflict', async () => {
  const { call } = await asking()
  const give = (answer: string) => (): Promise<string> => Promise.resolve(answer)
  expect(await once(call, asked, give('mine'))).toBe('mine')
  expect(await once({ ...call, caller: { ...localCaller, id: 'ann' } }, asked, give('hers'))).toBe('hers')
  expect(await once(call, { ...asked, operation: 'POST /y' }, give('other'))).toBe('other')
  await expect(once(call, { ...asked, what: { a: 2 } }, give('no'))).rejects.toMatchObject({ code: 'TR_RESOURCE_CONFLICT' })
  await expect(once({ ...call, tenant: 'acme' }, asked, give('no'))).rejects.toMatchObject({ code: 'TR_RESOURCE_CONFLICT' })
  expect(await once({ ...call, idempotencyKey: undefined }, asked, give('without'))).toBe('without')
})

test('what failed may be tried again at once', async () => {
  const { call } = await asking()
  await expect(once(call, asked, () => Promise.reject(new Error('no server')))).rejects.toThrow('no server')
  expect(await once(call, asked, () => Promise.resolve('now'))).toBe('now')
})

test('a request whose gateway died is free again after a minute, and an answer is forgotten after a day', async () => {
  const { orm } = await asking()
  const request = { operation: 'POST /x', caller: 'ann', key: 'k', hash: 'h' }
  const at = (ms: number): Date => new Date(Date.UTC(2026, 10, 20) + ms)
  expect(await beginRequest(orm, request, at(0))).toEqual({ kind: 'free' })
  expect(await beginRequest(orm, request, at(59_000))).toEqual({ kind: 'running' })
  expect(await beginRequest(orm, request, at(61_000))).toEqual({ kind: 'free' })
  await keepAnswer(orm, request, { ok: true })
  expect(await beginRequest(orm, request, at(86_000_000))).toEqual({ kind: 'answered', answer: { ok: true } })
  expect(await beginRequest(orm, { ...request, hash: 'another' }, at(86_000_000))).toEqual({ kind: 'other' })
  expect(await beginRequest(orm, { ...request, key: 'later' }, at(86_400_000 + 62_000))).toEqual({ kind: 'free' }) // takes the old row away
  const rows = await orm.em.fork().execute<{ key: string }[]>('select key from gateway_requests')
  expect(rows).toEqual([{ key: 'later' }])
})
