import { expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import { scheduleMachine } from '../../machines/schedule.machine.ts'
import {
  firedBy,
  runFinished,
  scheduleRefusals,
  type CatchUp,
  type Fired,
  type ScheduleDescription,
  type ScheduleSpec,
} from '../../machines/schedule.ts'
import { given, hears, type Step, type Story } from '../support/given.ts'

const address = actorId('acme', 'schedule', 'hourly')
const target = actorId('acme', 'report', 'main')
const hour = 3_600_000
const start = 1_000_000

const hourly: ScheduleSpec = { target, event: { type: 'report.make', kind: 'short' }, when: { everyMs: hour } }
const schedule = (): Story => given(scheduleMachine, { tenant: 'acme', type: 'schedule', key: 'hourly' }, address)
const set = (spec: Partial<ScheduleSpec> = {}): Step => hears({ type: 'schedule.set', ...hourly, ...spec })
const says = (verb: string): Step => hears({ type: `schedule.${verb}` })

/** The time in a story moves on by so much before this step. */
const after =
  (ms: number, step: Step): Step =>
  (story) => ({ ...step(story), at: story.now + ms })

/** The timer of this id comes up, so late. */
const rings =
  (id: 'due' | 'run', lateMs = 0): Step =>
  (story) => {
    const timer = story.living.timers[id]
    if (!timer) throw new Error(`no timer '${id}' is armed`)
    return { arrival: { kind: 'timer', id, n: timer.n }, at: timer.due + lateMs }
  }

const finishes =
  (run: number): Step =>
  (story) =>
    hears(runFinished({ run } as Fired), { from: target })(story)

const firedIn = (story: Story): Fired[] => story.sent('report.make').flatMap(({ event }) => firedBy(event) ?? [])
const dueOf = (story: Story): number | undefined => story.living.timers['due']?.due
const answerOf = (story: Story): unknown => story.outcome.replies[0]?.value
const descriptionOf = (story: Story): Extract<ScheduleDescription, { spec: unknown }> => {
  story.when(says('describe'))
  return answerOf(story) as Extract<ScheduleDescription, { spec: unknown }>
}

test('a schedule sends its event at every due time, with the due time and its own address', () => {
  const story = schedule().when(set(), rings('due'), rings('due', 7))
  const setAt = start + 1
  expect(story.sent('report.make')[0]).toEqual({
    to: target,
    event: {
      type: 'report.make',
      kind: 'short',
      schedule: { address, run: 1, due: setAt + hour, firedAt: setAt + hour },
    },
  })
  expect(firedIn(story)[1]).toEqual({ address, run: 2, due: setAt + 2 * hour, firedAt: setAt + 2 * hour + 7 })
  expect(dueOf(story)).toBe(setAt + 3 * hour)
  story.thenIs({ state: { set: 'waiting' }, facts: ['schedule.fired'] })
})

test('a timer that comes before its due time, because a clock was put back, fires nothing and is armed again', () => {
  const story = schedule().when(set())
  const due = dueOf(story)
  story.when(rings('due', -5))
  expect(firedIn(story)).toEqual([])
  expect(dueOf(story)).toBe(due)
  expect(firedIn(story.when(rings('due')))).toHaveLength(1)
})

test('a one-off fires once and has ended; it can be set again', () => {
  const story = schedule().when(set({ when: { at: start + hour } }), rings('due', 3))
  expect(firedIn(story)).toEqual([{ address, run: 1, due: start + hour, firedAt: start + hour + 3 }])
  story.thenIs({ state: { set: 'ended' } })
  expect(story.living.timers).toEqual({})
  expect(firedIn(story.when(set(), rings('due'))).map(({ run }) => run)).toEqual([1, 2])
})

/** Thirty-two minutes pass in which nobody can fire a schedule of every ten. */
const tenMinutes = 600_000
const downtimes: readonly { catchUp: CatchUp; lateMs: number; catchUpMax?: number; fired: number[]; counts: object }[] = [
  { catchUp: 'all', lateMs: 1_920_000, fired: [1, 2, 3, 4], counts: { fired: 4, caughtUp: 4, skipped: 0 } },
  { catchUp: 'all', catchUpMax: 2, lateMs: 1_920_000, fired: [3, 4], counts: { fired: 2, caughtUp: 2, skipped: 2 } },
  { catchUp: 'last', lateMs: 1_920_000, fired: [4], counts: { fired: 1, caughtUp: 1, skipped: 3 } },
  { catchUp: 'skip', lateMs: 1_920_000, fired: [], counts: { fired: 0, caughtUp: 0, skipped: 4 } },
  { catchUp: 'skip', lateMs: 1_805_000, fired: [4], counts: { fired: 1, caughtUp: 0, skipped: 3 } },
  { catchUp: 'skip', lateMs: 9_000, fired: [1], counts: { fired: 1, caughtUp: 0, skipped: 0 } },
  { catchUp: 'last', lateMs: 11_000, fired: [1], counts: { fired: 1, caughtUp: 1, skipped: 0 } },
]

test.each(downtimes)('$lateMs ms late, $catchUp $catchUpMax fires $fired', ({ catchUp, catchUpMax, lateMs, fired, counts }) => {
  for (const when of [{ everyMs: tenMinutes }, { cron: '*/10 * * * *' }]) {
    const story = schedule().when(set({ when, catchUp, ...(catchUpMax !== undefined && { catchUpMax }) }))
    const first = dueOf(story) ?? 0
    story.when(rings('due', lateMs))
    expect(firedIn(story).map(({ due }) => (due - first) / tenMinutes + 1)).toEqual(fired)
    expect(descriptionOf(story).counts).toMatchObject(counts)
    expect(dueOf(story)).toBeGreaterThan(first + lateMs)
  }
})

test('many that are caught up are fired turn by turn, in order, and none twice', () => {
  const story = schedule().when(set({ when: { everyMs: 1_000 }, catchUp: 'all' }), rings('due', 34_500))
  expect(firedIn(story)).toHaveLength(10)
  story.when(rings('due'), rings('due'), rings('due'))
  expect(firedIn(story).map(({ due }) => (due - start - 1) / 1_000)).toEqual(Array.from({ length: 35 }, (_, index) => index + 1))
  expect(dueOf(story)).toBeGreaterThan(story.now)
})

test('runs that overlap are sent, left out, or wait for the one before, the newest of them', () => {
  const three: readonly Step[] = [rings('due'), rings('due'), rings('due')]
  const allowed = schedule().when(set(), ...three)
  expect(firedIn(allowed)).toHaveLength(3)
  expect(descriptionOf(allowed).running).toBeUndefined()

  const skipping = schedule().when(set({ overlap: 'skip', runTimeoutMs: 24 * hour }), ...three)
  expect(firedIn(skipping).map(({ run }) => run)).toEqual([1])
  expect(descriptionOf(skipping).counts).toMatchObject({ fired: 1, overlapped: 2 })
  expect(firedIn(skipping.when(finishes(1), rings('due'))).map(({ run }) => run)).toEqual([1, 2])

  const queueing = schedule().when(set({ overlap: 'queue-one', runTimeoutMs: 24 * hour }), ...three, finishes(7), finishes(1))
  expect(firedIn(queueing).map(({ run, due }) => [run, (due - start - 1) / hour])).toEqual([
    [1, 1],
    [2, 3],
  ])
  expect(descriptionOf(queueing)).toMatchObject({ running: { run: 2 }, counts: { fired: 2, overlapped: 1 } })
})

test('a run of which nothing is heard is over after its timeout', () => {
  const story = schedule().when(set({ overlap: 'skip', runTimeoutMs: 60_000 }), rings('due'), rings('run'), rings('due'))
  expect(firedIn(story)).toHaveLength(2)
  expect(descriptionOf(story).counts).toMatchObject({ fired: 2, overlapped: 0, timedOut: 1 })
})

test('a paused schedule fires nothing, and goes on with the next due time: a pause is no downtime', () => {
  const story = schedule().when(set({ catchUp: 'all' }), says('pause'))
  expect(story.living.timers).toEqual({})
  expect(descriptionOf(story)).toMatchObject({ state: 'paused', next: [start + 1 + hour, start + 1 + 2 * hour, {}, {}, {}] })
  story.when(after(5 * hour, says('resume')))
  expect(dueOf(story)).toBe(start + 1 + 6 * hour)
  expect(descriptionOf(story).counts).toMatchObject({ fired: 0, skipped: 0 })
})

test('a schedule ends after maxRuns or at endAt, and says so', () => {
  const counted = schedule().when(set({ maxRuns: 2 }), rings('due'), rings('due'))
  counted.thenIs({ state: { set: 'ended' }, facts: ['schedule.fired', 'schedule.ended'] })
  const timed = schedule().when(set({ endAt: start + 2.5 * hour }), rings('due'), rings('due'))
  timed.thenIs({ state: { set: 'ended' } })
  expect(descriptionOf(timed)).toMatchObject({ state: 'ended', next: [], counts: { fired: 2 } })
  expect(answerOf(timed.when(says('resume')))).toMatchObject({ ok: false, code: scheduleRefusals.ended })
})

test('the end of a schedule counts also in a downtime: nothing after it is caught up', () => {
  const story = schedule().when(set({ endAt: start + 2.5 * hour, catchUp: 'all' }), rings('due', 10 * hour))
  expect(firedIn(story).map(({ due }) => (due - start - 1) / hour)).toEqual([1, 2])
  const few = schedule().when(set({ maxRuns: 2, catchUp: 'all' }), rings('due', 4 * hour))
  expect(firedIn(few)).toHaveLength(2)
  expect(descriptionOf(few)).toMatchObject({ state: 'ended', counts: { fired: 2, skipped: 3 } })
})

test('trigger fires at once, in any state but unset, and leaves due times and limits as they are', () => {
  const story = schedule().when(set({ maxRuns: 1, overlap: 'skip' }), says('trigger'))
  expect(firedIn(story)).toEqual([{ address, run: 1, due: story.now, firedAt: story.now, manual: true }])
  story.when(rings('due'), says('trigger'))
  expect(firedIn(story).map(({ run, manual }) => [run, manual])).toEqual([
    [1, true],
    [2, undefined],
    [3, true],
  ])
  expect(descriptionOf(story).counts).toMatchObject({ fired: 1, triggered: 2 })
})

test('a deleted schedule fires nothing, and set again its run numbers go on', () => {
  const story = schedule().when(set({ overlap: 'skip' }), rings('due'), says('delete'))
  story.thenIs({ state: 'unset' })
  expect(story.living.timers).toEqual({})
  expect(answerOf(story.when(says('describe')))).toEqual({ state: 'unset' })
  expect(firedIn(story.when(finishes(1), set(), rings('due'))).map(({ run }) => run)).toEqual([1, 2])
})

test('setting what is set already changes nothing; another spec begins anew', () => {
  const story = schedule().when(set(), rings('due'))
  const due = dueOf(story)
  story.when(after(1_000, set()))
  expect(dueOf(story)).toBe(due)
  expect(answerOf(story)).toEqual({ ok: true, next: due })
  story.when(set({ when: { everyMs: 2 * hour } }))
  expect(dueOf(story)).toBe(story.now + 2 * hour)
  expect(descriptionOf(story).counts.fired).toBe(0)
})

test('a spec that can be set paused, waits for resume', () => {
  const story = schedule().when(set({ paused: true }))
  story.thenIs({ state: { set: 'paused' } })
  expect(story.living.timers).toEqual({})
  expect(dueOf(story.when(says('resume')))).toBe(start + 1 + hour)
})

const { targetInvalid, limitExceeded, neverDue, cronInvalid, timeZoneUnknown, notSet, ended } = scheduleRefusals

test.each<[Partial<ScheduleSpec>, string]>([
  [{ target: actorId('acme', 'report', '') }, targetInvalid],
  [{ target: actorId('other', 'report', 'main') }, targetInvalid],
  [{ target: address }, targetInvalid],
  [{ event: { type: 'xstate.done.actor.x' } }, targetInvalid],
  [{ event: { type: '@init' } }, targetInvalid],
  [{ event: { type: 'report.make', schedule: 1 } }, targetInvalid],
  [{ event: { type: 'report.make', text: 'x'.repeat(17_000) } }, limitExceeded],
  [{ catchUpMax: 1_001 }, limitExceeded],
  [{ maxRuns: 0 }, limitExceeded],
  [{ runTimeoutMs: 1 }, limitExceeded],
  [{ when: { everyMs: 10 } }, limitExceeded],
  [{ when: { at: start - 1 } }, neverDue],
  [{ endAt: start + 1_000 }, neverDue],
  [{ when: { cron: 'often' } }, cronInvalid],
  [{ when: { cron: '* * * * *', timeZone: 'Berlin' } }, timeZoneUnknown],
])('a spec with %j is refused with %s and changes nothing', (wrong, code) => {
  const story = schedule().when(set(wrong))
  expect(answerOf(story)).toMatchObject({ ok: false, code, reason: expect.any(String) })
  story.thenIs({ state: 'unset' }).when(set(), set(wrong))
  expect(answerOf(story)).toMatchObject({ ok: false, code })
  expect(firedIn(story.when(rings('due')))).toHaveLength(1)
})

test('what is not set cannot be paused, resumed or fired', () => {
  for (const verb of ['pause', 'resume', 'trigger'])
    expect(answerOf(schedule().when(says(verb)))).toMatchObject({ ok: false, code: notSet, reason: expect.stringContaining(address) })
})

test('what has ended cannot be paused or resumed, and says so', () => {
  const story = schedule().when(set({ when: { at: start + tenMinutes } }), rings('due'))
  for (const verb of ['pause', 'resume'])
    expect(answerOf(story.when(says(verb)))).toMatchObject({ ok: false, code: ended, reason: expect.stringContaining(address) })
})

test('an event says who fired it, or that nobody did', () => {
  const fired: Fired = { address, run: 1, due: 2, firedAt: 3 }
  expect(firedBy({ type: 'report.make', schedule: fired } satisfies ActorEvent)).toEqual(fired)
  expect(firedBy({ type: 'report.make' })).toBeUndefined()
  expect(firedBy({ type: 'report.make', schedule: { address: 'acme/report/main', run: 1, due: 2 } })).toBeUndefined()
})
