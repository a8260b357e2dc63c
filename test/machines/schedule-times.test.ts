import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { scheduleRefusals, type When } from '../../machines/schedule.ts'
import { nextDue, nextDues, passedDues, timeLimits, whenFault } from '../../machines/schedule-times.ts'

const utc = (text: string): number => Date.parse(text)
const iso = (dues: readonly number[]): string[] => dues.map((due) => new Date(due).toISOString().slice(0, 16))
const now = utc('2027-01-01T00:00:00Z')

afterEach(() => void vi.useRealTimers())

/** Around the nights in which the clocks of both zones change, and days in which nothing does. */
const starts = [
  '2026-10-24T20:00:00Z',
  '2026-10-31T20:00:00Z',
  '2027-03-13T20:00:00Z',
  '2027-03-27T20:00:00Z',
  '2027-06-15T00:00:00Z',
  '2028-02-28T12:00:00Z',
].map(utc)

const listOf = (min: number, max: number) =>
  fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 3 }).map((values) => values.toSorted((a, b) => a - b).join(','))
const zone = fc.constantFrom('Europe/Berlin', 'America/New_York')
const start = fc.tuple(fc.constantFrom(...starts), fc.integer({ min: 0, max: 3_600_000 })).map(([at, more]) => at + more)
const when: fc.Arbitrary<When> = fc.oneof(
  fc.record({
    cron: fc
      .tuple(fc.oneof(listOf(0, 59), fc.constantFrom('*', '*/7')), fc.oneof(listOf(0, 23), fc.constantFrom('*', '*/5')))
      .map(([minute, hour]) => `${minute} ${hour} * * *`),
    timeZone: zone,
  }),
  fc.record({ everyMs: fc.integer({ min: timeLimits.everyMsMin, max: 86_400_000 }) }),
)

test('due times grow strictly, and none is at or before the time asked after', () => {
  fc.assert(
    fc.property(when, start, (given, after) => {
      const dues = nextDues(given, after - 5_000, after, 20)
      expect(dues).toHaveLength(20)
      for (const [index, due] of dues.entries()) expect(due).toBeGreaterThan(dues[index - 1] ?? after)
    }),
  )
})

/** What a minute is called in a zone: what a cron expression is about. */
function localOf(zoneName: string): (at: number) => { minute: number; hour: number; day: number; weekday: number } {
  const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
  const options = { timeZone: zoneName, hourCycle: 'h23', minute: 'numeric', hour: 'numeric', day: 'numeric', weekday: 'short' } as const
  const format = new Intl.DateTimeFormat('en-US', options)
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
    const [minute, hour, day] = ['minute', 'hour', 'day'].map((name) => Number(parts.get(name as Intl.DateTimeFormatPartTypes)))
    return { minute: minute ?? 0, hour: hour ?? 0, day: day ?? 0, weekday: weekdays.indexOf(parts.get('weekday') ?? '') }
  }
}

const spanMs = 12 * 3_600_000

test('with a step in the time of day, cron times are exactly the minutes whose name in the zone fits, through every change of the clock', () => {
  const fields = fc.record({
    minuteStep: fc.constantFrom(7, 15, 20),
    hours: listOf(0, 23),
    weekday: fc.constantFrom('*', '0', '0,6', '1-5'),
  })
  fc.assert(
    fc.property(fields, zone, start, ({ minuteStep, hours, weekday }, timeZone, after) => {
      const local = localOf(timeZone)
      const days = weekday === '1-5' ? [1, 2, 3, 4, 5] : weekday === '*' ? [0, 1, 2, 3, 4, 5, 6] : weekday.split(',').map(Number)
      const scanned: number[] = []
      for (let at = Math.floor(after / 60_000) * 60_000 + 60_000; at <= after + spanMs; at += 60_000) {
        const name = local(at)
        if (name.minute % minuteStep === 0 && hours.split(',').includes(String(name.hour)) && days.includes(name.weekday)) scanned.push(at)
      }
      const dues = nextDues({ cron: `*/${minuteStep} ${hours} * * ${weekday}`, timeZone }, 0, after, 500)
      expect(iso(dues.filter((due) => due <= after + spanMs))).toEqual(iso(scanned))
    }),
    { numRuns: 25 },
  )
})

test('a time of day that is named comes exactly once on every day, also when the clock leaves it out or repeats it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }), zone, start, (minute, hour, timeZone, after) => {
      const local = localOf(timeZone)
      const dues = nextDues({ cron: `${minute} ${hour} * * *`, timeZone }, 0, after, 6)
      for (const [index, due] of dues.entries()) {
        const before = dues[index - 1]
        const name = local(due)
        const isLeftOut = name.hour !== hour || name.minute !== minute
        if (isLeftOut) expect([name.hour, name.minute]).toEqual([hour + 1, 0])
        if (before !== undefined) expect(Math.round((due - before) / 86_400_000)).toBe(1)
        if (before !== undefined) expect(name.day).not.toBe(local(before).day)
      }
    }),
  )
})

test.each([
  ['30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', ['2027-03-28T01:00', '2027-03-29T00:30']],
  ['0,30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-26T01:00']],
  ['*/30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-25T01:00']],
  ['*/30 2 * * *', 'America/New_York', '2027-03-13T12:00:00Z', ['2027-03-15T06:00', '2027-03-15T06:30']],
  ['30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', ['2026-11-01T05:30', '2026-11-02T06:30']],
  ['0 0 29 2 *', 'UTC', '2096-03-01T00:00:00Z', ['2104-02-29T00:00']],
  ['*/20 * * * *', 'Australia/Lord_Howe', '2027-04-03T14:30:00Z', ['2027-04-03T14:40', '2027-04-03T15:10']],
])('%s in %s', (cron, timeZone, after, dues) => {
  expect(iso(nextDues({ cron, timeZone }, 0, utc(after), dues.length))).toEqual(dues)
})

test('what has passed in a downtime is what would have come, the newest of it, however long it was', () => {
  fc.assert(
    fc.property(when, start, fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 30 }), (given, anchor, length, newestMax) => {
      const dues = nextDues(given, anchor, anchor, length + 2)
      const [due = 0, until = 0] = [dues[0], dues[length]]
      const passed = passedDues(given, { due, now: until + 17, newestMax })
      expect(passed).toEqual({ newest: dues.slice(0, length + 1).slice(-newestMax), count: length + 1 })
    }),
    { numRuns: 60 },
  )
})

test('a downtime of more than 1,000 cron times is not walked through: the newest are right, the count says at least so many', () => {
  const given = { cron: '*/2 * * * *', timeZone: 'Europe/Berlin' }
  const [due = 0] = nextDues(given, 0, now, 1)
  const year = due + 365 * 86_400_000
  const { newest, count } = passedDues(given, { due, now: year, newestMax: 3 })
  expect({ newest, count }).toEqual({ newest: [year - 240_000, year - 120_000, year], count: timeLimits.walkMax })
})

test('the time of the machine changes nothing', () => {
  const given: When = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' }
  const dues = nextDues(given, 0, now, 5)
  vi.useFakeTimers({ now: utc('2040-05-05T05:05:05Z') })
  expect(nextDues(given, 0, now, 5)).toEqual(dues)
  expect(passedDues(given, { due: dues[0] ?? 0, now: dues[4] ?? 0, newestMax: 9 }).newest).toEqual(dues)
})

test('an interval counts from where it was set, and does not drift', () => {
  expect(nextDue({ everyMs: 1_000 }, 500, 500)).toBe(1_500)
  expect(nextDue({ everyMs: 1_000 }, 500, 9_499)).toBe(9_500)
  expect(nextDue({ everyMs: 1_000 }, 500, 9_500)).toBe(10_500)
})

const { cronInvalid, timeZoneUnknown, neverDue, limitExceeded } = scheduleRefusals

test.each<[When, string | undefined]>([
  [{ cron: '*/5 * * * *' }, undefined],
  [{ cron: '*/10 * * * * *', timeZone: 'Asia/Kolkata' }, undefined],
  [{ cron: '@daily' }, undefined],
  [{ cron: '0 9 * * MON-FRI', timeZone: 'Europe/Berlin' }, undefined],
  [{ cron: '0 0 L * *' }, undefined],
  [{ cron: '61 * * * *' }, cronInvalid],
  [{ cron: '* * * *' }, cronInvalid],
  [{ cron: '' }, cronInvalid],
  [{ cron: '@reboot' }, cronInvalid],
  [{ cron: '? * * * *' }, cronInvalid],
  [{ cron: '2027-05-05T00:00:00' }, cronInvalid],
  [{ cron: '0 0 0 1 1 * 2028' }, cronInvalid],
  [{ cron: `${'1,'.repeat(200)}1 * * * *` }, limitExceeded],
  [{ cron: '0 0 30 2 *' }, neverDue],
  [{ cron: '* * * * *', timeZone: 'Mars/Olympus' }, timeZoneUnknown],
  [{ cron: '* * * * *', timeZone: '' }, timeZoneUnknown],
  [{ at: now + 1 }, undefined],
  [{ at: now }, neverDue],
  [{ at: -1e20 }, neverDue],
  [{ at: 1e18 }, limitExceeded],
  [{ everyMs: 1_000 }, undefined],
  [{ everyMs: 999 }, limitExceeded],
  [{ everyMs: Number.NaN }, limitExceeded],
])('%j is refused with %s', (given, code) => {
  expect(whenFault(given, now)?.code).toBe(code)
})
