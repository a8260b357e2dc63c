import fc from 'fast-check'
import { expect, test } from 'vitest'
import { localCaller, type Caller } from '../../services/gateway/caller.ts'
import { liveLimits, type LiveLimits } from '../../services/gateway/live/limits.ts'
import { frameText, Topic, type Reading } from '../../services/gateway/live/topic.ts'
import { topicSpecOf } from '../../services/gateway/live/topic-name.ts'

const small: LiveLimits = {
  ...liveLimits,
  frameEventsMax: 4,
  frameBytesMax: 400,
  frameRowsMax: 3,
  knownRowsMax: 50,
  keptFramesMax: 2,
  keptBytesMax: 600,
}

type Step =
  | { readonly kind: 'event' }
  | { readonly kind: 'row'; readonly key: number }
  | { readonly kind: 'tick' }
  | { readonly kind: 'read'; readonly reader: number }

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Step>({ kind: 'event' }) },
    { weight: 3, arbitrary: fc.nat(6).map((key): Step => ({ kind: 'row', key })) },
    { weight: 3, arbitrary: fc.constant<Step>({ kind: 'tick' }) },
    { weight: 3, arbitrary: fc.nat(2).map((reader): Step => ({ kind: 'read', reader })) },
  ),
  { maxLength: 150 },
)

interface Reader {
  seq: number | undefined
  /** Marks that were told, and those that were told or said to be missing. */
  readonly told: Set<number>
  readonly marks: Set<number>
  readonly rows: Map<number, number>
  /** The mark after which it began to listen. */
  since: number
}

function hear(reader: Reader, reading: Reading): void {
  const parsed: { rows: { key: number; n: number }[]; events: { mark: number }[]; gap?: { from: number; to: number } } = JSON.parse(
    frameText(0, 'topic', reading),
  )
  expect(parsed.events.length).toBeLessThanOrEqual(small.frameEventsMax)
  for (const { mark } of parsed.events) {
    expect([mark, reader.told.has(mark)]).toEqual([mark, false])
    reader.told.add(mark)
    reader.marks.add(mark)
  }
  const { gap } = parsed
  if (gap) for (let mark = gap.from; mark <= gap.to; mark++) reader.marks.add(mark)
  for (const { key, n } of parsed.rows) reader.rows.set(key, n)
}

test('whoever reads, whenever: every event is told or said to be missing, none twice, and rows end in their newest state', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const topic = new Topic(small, 'turns', 1_000)
      const readers = [0, 1, 2].map((): Reader => ({ seq: undefined, told: new Set(), marks: new Set(), rows: new Map(), since: 0 }))
      const rows = new Map<number, number>()
      let [now, mark, ticked] = [1_000, 0, 0]
      const tick = (): void => {
        now += 100
        topic.tick(now)
        ticked = mark
      }
      const read = (reader: Reader): void => {
        const reading = topic.read(reader.seq)
        if (!reading) return
        if (reader.seq === undefined) reader.since = ticked
        expect(reading.seq).toBeGreaterThan(reader.seq ?? 0)
        reader.seq = reading.seq
        hear(reader, reading)
      }
      for (const step of given)
        if (step.kind === 'event') topic.event({ mark: ++mark, text: 'x'.repeat(mark % 60) }, mark)
        else if (step.kind === 'tick') tick()
        else if (step.kind === 'read') read(readers[step.reader] as Reader)
        else {
          rows.set(step.key, (rows.get(step.key) ?? 0) + 1)
          topic.row(String(step.key), { key: step.key, n: rows.get(step.key) })
        }
      for (let n = 0; n < 5; n++) {
        tick() // rows that waited for a frame
        for (const reader of readers) read(reader)
      }
      for (const reader of readers) {
        for (let expected = reader.since + 1; expected <= mark; expected++)
          expect([expected, reader.marks.has(expected)]).toEqual([expected, true])
        expect(reader.rows).toEqual(rows)
      }
    }),
    { numRuns: 500 },
  )
})

test('of more rows than a frame holds those that changed last come first, and none is left out', () => {
  const topic = new Topic(small, 'times', 0)
  for (const key of ['a', 'b', 'c', 'd', 'e', 'a']) topic.row(key, { key })
  topic.tick(100)
  expect(topic.read(0)?.rows).toEqual(['{"key":"d"}', '{"key":"e"}', '{"key":"a"}'])
  topic.tick(200)
  expect(topic.read(100)?.rows).toEqual(['{"key":"b"}', '{"key":"c"}'])
  expect(topic.tick(300)).toBe(false)
})

test('readers who have read equally far share one reading', () => {
  const topic = new Topic(liveLimits, 'times', 0)
  topic.row('a', { n: 1 })
  topic.tick(100)
  const first = topic.read(0)
  expect(topic.read(0)).toBe(first)
  expect(topic.read(100)).toBeUndefined()
})

test('a number from before a topic began, or from the time to come, is answered with a gap', () => {
  const topic = new Topic(liveLimits, 'times', 5_000)
  topic.event({ n: 1 }, 5_050)
  topic.tick(5_100)
  expect(topic.read(4_000)).toMatchObject({ gap: { from: 4_000, to: 5_000 }, events: ['{"n":1}'] })
  expect(topic.read(9_000)?.gap).toEqual({ from: 9_000, to: 9_000 })
})

test('what a topic keeps has an end however long it is listened to', () => {
  const topic = new Topic(liveLimits, 'turns', 0)
  const text = 'x'.repeat(1_000)
  for (let turn = 1; turn <= 20_000; turn++) {
    topic.event({ turn, text }, turn)
    topic.row(`k${turn}`, { turn, text })
    if (turn % 100 === 0) topic.tick(turn)
  }
  const all = topic.read(0)
  const bytes = (all?.events ?? []).reduce((sum, one) => sum + one.length, 0)
  expect(bytes).toBeLessThanOrEqual(liveLimits.frameBytesMax)
  expect(all?.rows.length).toBeLessThanOrEqual(liveLimits.knownRowsMax)
  expect(all?.gap?.to).toBeGreaterThan(19_000)
})

const ann: Caller = { id: 'ann', tenant: 'acme', roles: ['viewer'], via: 'token' }

test('two names for one thing are one topic, and a caller of one tenant has its own', () => {
  const id = (name: string, caller = localCaller): string => topicSpecOf(name, caller, 'main').id
  expect(id('actors?type=b&type=a&tenant=acme')).toBe(id('actors?tenant=acme&type=a&type=b'))
  expect(id('actors', ann)).toBe(id('actors?tenant=acme'))
  expect(id('actors', ann)).not.toBe(id('actors'))
  expect(id('task/42')).toBe(id('task/main/task/42'))
  expect(id('task/42', ann)).toBe(id('actor/acme/task/42').replace('actor/', 'task/'))
  expect(topicSpecOf('task/a/b', ann, 'main').actor).toBe('acme/task/a/b')
})

test('whatever name is given, it is a topic or a refusal', () => {
  const parts = [
    'fleet',
    'actors',
    'actor',
    'task',
    'machine',
    '/',
    '?',
    '&',
    '=',
    'type',
    'tenant',
    'acme',
    '__proto__',
    'constructor',
    '%',
    '*',
  ]
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((list) => list.join('')),
      ),
      (name) => {
        for (const caller of [localCaller, ann]) {
          try {
            const { tenant, actor, kind } = topicSpecOf(name, caller, 'main')
            if (caller === ann && kind !== 'machine') expect(tenant).toBe('acme')
            if (caller === ann && actor !== undefined) expect(actor.startsWith('acme/')).toBe(true)
          } catch (error) {
            expect(['TR_REQUEST_INVALID', 'TR_NOT_ALLOWED']).toContain((error as { readonly code?: string }).code)
          }
        }
      },
    ),
    { numRuns: 2_000 },
  )
})
