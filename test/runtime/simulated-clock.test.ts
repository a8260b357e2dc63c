import { expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import { inMemoryServer } from '../../runtime/in-memory/server.ts'
import { seededRandom, simulatedClock } from '../../runtime/in-memory/simulated-clock.ts'

test('due calls run in order of their time, then of their making, each at its own time', async () => {
  const clock = simulatedClock(1000)
  const seen: string[] = []
  const note = (name: string) => () => seen.push(`${name} at ${clock.now()}`)
  clock.after(20, note('late'))
  clock.after(10, note('first'))
  clock.after(10, note('second'))
  clock.after(21, note('not due'))
  await clock.advance(20)
  expect(seen).toEqual(['first at 1010', 'second at 1010', 'late at 1020'])
  expect(clock.now()).toBe(1020)
  expect(clock.armed).toBe(1)
})

test('what a call arms within the time runs too, after every promise has settled', async () => {
  const clock = simulatedClock(0)
  const seen: string[] = []
  clock.after(5, () => {
    void (async () => {
      for (let hop = 0; hop < 50; hop++) await Promise.resolve()
      seen.push('settled')
      clock.after(5, () => seen.push('armed later'))
    })()
  })
  clock.after(6, () => seen.push('next call'))
  await clock.advance(10)
  expect(seen).toEqual(['settled', 'next call', 'armed later'])
})

test('a cancelled call does not run, not even when it is cancelled at the time it is due', async () => {
  const clock = simulatedClock(0)
  const seen: string[] = []
  clock.after(5, () => cancel())
  const cancel = clock.after(5, () => seen.push('cancelled'))
  await clock.advance(10)
  expect(seen).toEqual([])
})

test('advancing until something happens stops there, and says when it never does', async () => {
  const clock = simulatedClock(0)
  let happened = false
  clock.after(30, () => {
    happened = true
  })
  clock.after(60, () => undefined)
  await clock.advanceUntil(() => happened, 100)
  expect(clock.now()).toBe(30)
  await expect(clock.advanceUntil(() => false, 10)).rejects.toThrow('not reached within 10 ms of simulated time; 1 calls are armed later')
})

test('one seed gives the same numbers and ids every time, another seed others', () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed)
    return [random.next(), random.next(), random.next(), random.id(), random.id()]
  }
  expect(draw(1)).toEqual(draw(1))
  expect(draw(1)).not.toEqual(draw(2))
  const random = seededRandom(3)
  const mean = Array.from({ length: 10_000 }, () => random.next()).reduce((sum, number) => sum + number / 10_000, 0)
  expect(mean).toBeGreaterThan(0.48)
  expect(mean).toBeLessThan(0.52)
})

test('the in-memory server delivers nothing until its clock is advanced', async () => {
  const clock = simulatedClock()
  const server = inMemoryServer({ partitions: 1, clock })
  const { mailbox, wakes, signals } = server.ports()
  const seen: string[] = []
  await mailbox.read(0, 1, (mail) => seen.push(`mail ${mail.seq}`))
  await wakes.read(0, (actor) => seen.push(`wake ${actor}`))
  signals.subscribe('news.*', (signal) => seen.push(signal.subject))
  server.send({ tenant: 'acme', type: 'counter', key: 'one' }, { type: 'add' })
  await wakes.set(0, actorId('acme', 'counter', 'one'), clock.now() + 60_000)
  signals.publish('news.today', new Uint8Array())
  expect(seen).toEqual([])
  await clock.advance(0)
  expect(seen).toEqual(['mail 1', 'news.today'])
  await clock.advance(60_000)
  expect(seen.at(-1)).toBe('wake acme/counter/one')
})
