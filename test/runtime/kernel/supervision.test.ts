import { expect, test } from 'vitest'
import { startFleet } from '../../support/fleet.ts'
import { account, counter, fetcher, parent, spoiler } from './actors.ts'

test('a message on which the machine throws is a dead letter with its cause, and the state is the one before', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  await fleet.ask('main/counter/a', { type: 'add', n: 7 })
  expect(await fleet.ask('main/counter/a', { type: 'boom' })).toMatchObject({
    ok: false,
    error: { code: 'TR_TURN_FAILED', message: 'Error: boom' },
  })
  expect(await fleet.ask('main/counter/a', { type: 'add', n: 1 })).toMatchObject({ value: { total: 8 } })
  await fleet.stop()
})

test('an actor on which several messages in a row fail is restarted, and given up when it fails too often', async () => {
  const fleet = await startFleet({ definitions: [counter] })
  await fleet.ask('main/counter/a', { type: 'add', n: 7 })
  for (let count = 0; count < 3; count++) await fleet.ask('main/counter/a', { type: 'boom' })
  expect(await fleet.ask('main/counter/a', { type: 'add', n: 1 })).toMatchObject({ value: { total: 1 } })
  for (let count = 0; count < 9; count++) await fleet.ask('main/counter/a', { type: 'boom' })
  expect(await fleet.ask('main/counter/a', { type: 'add', n: 1 })).toMatchObject({ ok: false, error: { code: 'TR_ACTOR_STOPPED' } })
  const codes = fleet.server.deadLetters().map((letter) => (JSON.parse(Buffer.from(letter.bytes).toString()) as { code: string }).code)
  expect(codes).toContain('TR_ACTOR_FAILED')
  await fleet.stop()
})

test("a child that fails beyond its intensity is its parent's business", async () => {
  const fleet = await startFleet({ definitions: [parent] })
  fleet.send('main/parent/p', { type: 'start', n: 1 })
  for (let count = 0; count < 4; count++) {
    fleet.send('main/parent/p', { type: 'break' })
    await fleet.clock.advance(1_000)
  }
  expect(await fleet.query('main/parent/p')).toMatchObject({ state: { value: 'idle', context: { failed: ['the child is broken'] } } })
  await fleet.stop()
})

test('a failed effect is an event for the machine, after as many attempts as its policy says', async () => {
  let runs = 0
  const failing = fetcher(
    () => {
      runs++
      return Promise.reject(new Error(`no luck ${runs}`))
    },
    { attemptsMax: 3, backoffMs: 100 },
  )
  const fleet = await startFleet({ definitions: [failing] })
  fleet.send('main/fetcher/a', { type: 'go', what: 'it' })
  await fleet.clock.advance(2_000)
  expect(await fleet.query('main/fetcher/a')).toMatchObject({ state: { value: 'idle', context: { why: 'no luck 3' } } })
  await fleet.stop()
})

test('an effect that says nothing for its timeout counts as failed; a heartbeat keeps it alive', async () => {
  const silent = fetcher(() => new Promise<string>(() => {}), { timeoutMs: 1_000 })
  const fleet = await startFleet({ definitions: [silent] })
  fleet.send('main/fetcher/a', { type: 'go', what: 'it' })
  await fleet.clock.advance(1_500)
  const { state } = await fleet.query('main/fetcher/a')
  expect(state?.value).toBe('idle')
  expect(String(state?.context['why'])).toContain('no result and no heartbeat for 1000 ms')
  await fleet.stop()
})

test('leaving the invoking state aborts the effect, and a late result is dropped', async () => {
  let aborted = false
  let finish: (text: string) => void = () => {}
  const slow = fetcher(({ signal }) => {
    signal.addEventListener('abort', () => (aborted = true))
    return new Promise<string>((resolve) => (finish = resolve))
  })
  const fleet = await startFleet({ definitions: [slow] })
  fleet.send('main/fetcher/a', { type: 'go', what: 'it' })
  await fleet.clock.advance(10)
  fleet.send('main/fetcher/a', { type: 'leave' })
  await fleet.clock.advance(10)
  finish('too late')
  await fleet.clock.advance(10)
  expect(aborted).toBe(true)
  const { state } = await fleet.query('main/fetcher/a')
  expect(state?.value).toBe('idle')
  expect(JSON.stringify(state)).not.toContain('too late')
  await fleet.stop()
})

test('a conversation goes on while its effect runs', async () => {
  const slow = fetcher(() => new Promise<string>(() => {}))
  const fleet = await startFleet({ definitions: [slow] })
  fleet.send('main/fetcher/a', { type: 'go', what: 'it' })
  await fleet.clock.advance(10)
  expect(await fleet.ask('main/fetcher/a', { type: 'status' })).toMatchObject({ ok: true, value: {} })
  await fleet.stop()
})

test('a turn whose state cannot be stored leaves nothing behind, and the messages after it still arrive', async () => {
  const fleet = await startFleet({ definitions: [account, spoiler], partitions: 8 })
  for (const type of ['pay', 'spoil', 'pay', 'spoil', 'pay']) fleet.send('bank/spoiler/s', { type })
  await fleet.clock.advance(5_000)
  expect(await fleet.query('bank/account/a')).toMatchObject({ state: { context: { balance: 103, received: 3 } } })
  expect(fleet.server.deadLetters()).toHaveLength(2)
  await fleet.stop()
})

test('a running effect whose result is in the log is not run again by the next owner', async () => {
  let runs = 0
  const quick = fetcher(() => Promise.resolve(`run ${++runs}`))
  const fleet = await startFleet({ definitions: [quick] })
  fleet.send('main/fetcher/a', { type: 'go', what: 'it' })
  await fleet.clock.advance(100)
  const [worker] = fleet.workers
  if (worker) await fleet.crash(worker)
  await fleet.addWorker()
  await fleet.clock.advanceUntil(() => fleet.owned() === 4, 20_000)
  await fleet.clock.advance(100)
  expect(runs).toBe(1)
  await fleet.stop()
})
