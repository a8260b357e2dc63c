import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lessonsMachine, placesMax, type PlacedLesson } from '../../machines/lessons.machine.ts'
import { failureKindOf, lessonLimits, lessonOf, recalledFrom, type Found, type LessonRecord } from '../../machines/lessons.ts'
import { breaks, elapses, ends, given, hears } from '../support/given.ts'

const record = (n: number | string, fields: Partial<LessonRecord> = {}): LessonRecord => ({
  type: 'lesson.record',
  taskId: `t${n}`,
  taskType: 'question',
  prompt: `Why is it so, for the ${n}th time?`,
  arm: 'researcher',
  ok: true,
  reward: 0.9,
  ...fields,
})
const tell = (...args: Parameters<typeof record>) => hears({ ...record(...args) })
const lessons = () => given(lessonsMachine)
const status = hears({ type: 'lessons.status' })

describe('a lesson', () => {
  test('says what was asked, who did it, how it went and why it failed', () => {
    expect(lessonOf(record(1), 5).text).toBe('question “Why is it so, for the 1th time?”: researcher did it (reward 0.90)')
    expect(lessonOf(record(1, { ok: false, reward: 0, reason: 'no answer within 8 turns' }), 5)).toMatchObject({
      failure: 'no-answer',
      text: 'question “Why is it so, for the 1th time?”: researcher failed, no-answer: no answer within 8 turns',
    })
  })

  test('is bounded, well formed and on one line, whatever a task tells', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5_000 }), fc.double(), fc.boolean(), (text, reward, ok) => {
        const lesson = lessonOf(record(1, { prompt: text, taskId: text, arm: text, taskType: text, reason: text, reward, ok }), 1)
        expect(lesson.prompt.length).toBeLessThanOrEqual(lessonLimits.promptCharactersMax)
        expect(lesson.prompt.length).toBeGreaterThan(0)
        expect(lesson.text.length).toBeLessThanOrEqual(lessonLimits.textCharactersMax)
        expect(lesson.key.length).toBeLessThanOrEqual(lessonLimits.keyCharactersMax)
        expect(/\p{Cc}/u.test(lesson.text + lesson.prompt + lesson.key)).toBe(false)
        expect((lesson.text + lesson.prompt).isWellFormed()).toBe(true)
        expect(lesson.reward >= 0 && lesson.reward <= 1).toBe(true)
      }),
    )
  })

  test.each([
    ['the deadline of 30000 ms has passed', 'timeout'],
    ['TR_EFFECT_TIMEOUT: no result for 120000 ms', 'timeout'],
    ['the budget of 0.5 USD and 1000 tokens is used up (0.6 USD, 900 tokens)', 'budget'],
    ['no answer within 8 turns', 'no-answer'],
    ['the model gave an empty answer', 'no-answer'],
    ["the model's provider filtered the answer", 'refusal'],
    ['the model failed (try 3): wrong key', 'model'],
    ['searching docs: the tool gave nothing back', 'tool'],
    ['the answer is not JSON', 'invalid'],
    ['', 'other'],
    ['the moon was full', 'other'],
  ])('that failed with "%s" is one of kind %s', (reason, kind) => {
    expect(failureKindOf(reason)).toBe(kind)
  })
})

describe('what is recalled', () => {
  const found = (score: number, arm = 'researcher', reward = 1): Found => ({ score, arm, reward, text: `${arm} ${score}` })

  test('counts what is more alike for more, and what is not alike for nothing', () => {
    const { similar, lessons: texts } = recalledFrom([found(0.59), found(1, 'researcher', 1), found(0.8, 'librarian', 0.5), found(0.1)])
    expect(similar['researcher']).toEqual({ gained: 1, lost: 0 })
    expect(similar['librarian']?.gained).toBeCloseTo(0.25, 9)
    expect(similar['librarian']?.lost).toBeCloseTo(0.25, 9)
    expect(texts).toEqual(['researcher 1', 'librarian 0.8'])
  })

  test('never weighs more than two outcomes an arm, nor gives more than three texts', () => {
    const score = fc.double({ min: -1, max: 1, noNaN: true })
    const one = fc.record({
      score,
      arm: fc.constantFrom('a', 'b', '__proto__', 'constructor'),
      reward: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(one, { maxLength: 20 }), (all) => {
        const { similar, lessons: texts } = recalledFrom(all.map((each, at) => ({ ...each, text: `${at}` })))
        for (const { gained, lost } of Object.values(similar)) {
          expect(gained).toBeGreaterThanOrEqual(0)
          expect(lost).toBeGreaterThanOrEqual(0)
          expect(gained + lost).toBeLessThanOrEqual(lessonLimits.armWeightMax + 1e-9)
        }
        expect(Object.keys(similar).every((arm) => all.some((each) => each.arm === arm))).toBe(true)
        expect(texts.length).toBeLessThanOrEqual(lessonLimits.textsMax)
      }),
    )
  })

  test('is nothing when nothing is near', () => {
    expect(recalledFrom([found(0.3)])).toEqual({ similar: {}, lessons: [] })
  })
})

describe('the keeper of lessons', () => {
  test('stores one at once, and those told meanwhile together', () => {
    const story = lessons()
      .when(tell(1))
      .thenIs({ state: 'storing', running: ['keep'] })
    story.when(tell(2), tell(3)).thenIs({ state: 'storing' })
    story.when(ends('keep', null)).thenIs({ state: 'storing', facts: ['lessons.stored'] })
    expect(story.inputOf('keep')).toMatchObject({
      lessons: [
        { taskId: 't2', place: 1 },
        { taskId: 't3', place: 2 },
      ],
    })
    story.when(ends('keep', null)).thenIs({ state: 'idle', running: [] })
    expect(story.when(status).outcome.replies).toEqual([{ value: { recorded: 3, repeated: 0, stored: 3, dropped: 0, waiting: 0 } }])
  })

  test('L1: a batch that the memory does not take goes again, later and later, and what is told meanwhile waits', () => {
    const story = lessons()
      .when(tell(1), breaks('keep', new Error('memory is down')))
      .thenIs({ state: 'waiting', facts: ['lessons.waiting'] })
    const waits: number[] = []
    for (let attempt = 0; attempt < 12; attempt++) {
      const before = story.now
      story.when(tell(`later-${attempt}`), elapses('backoff')).thenIs({ state: 'storing' })
      waits.push(story.now - before)
      expect(story.inputOf('keep')).toMatchObject({ lessons: [{ taskId: 't1' }] })
      story.when(breaks('keep', new Error('memory is down'))).thenIs({ state: 'waiting', facts: [] })
    }
    expect(waits.every((wait, at) => at === 0 || wait >= (waits[at - 1] ?? 0) - 5)).toBe(true)
    expect(Math.max(...waits)).toBeLessThanOrEqual(300_000)
    expect(story.when(status).outcome.replies).toMatchObject([{ value: { waiting: 13, failures: 13, fault: 'memory is down' } }])
    story.when(elapses('backoff'), ends('keep', null), ends('keep', null)).thenIs({ state: 'idle' })
    expect(story.when(status).outcome.replies).toEqual([{ value: { recorded: 13, repeated: 0, stored: 13, dropped: 0, waiting: 0 } }])
  })

  test('L2: when too many wait the oldest goes, counted and told; none beside those is lost', () => {
    const story = lessons().when(tell('first'), breaks('keep'))
    for (let n = 0; n < 70; n++) story.when(tell(n))
    const dropped = story.facts('lessons.dropped')
    expect(dropped).toMatchObject([0, 1, 2, 3, 4, 5].map((n) => ({ taskId: `t${n}`, arm: 'researcher', dropped: n + 1 })))
    const kept: string[] = []
    story.when(elapses('backoff'))
    while (story.running().includes('keep')) {
      const input = story.inputOf('keep') as { readonly lessons: readonly PlacedLesson[] }
      kept.push(...input.lessons.map(({ taskId }) => taskId))
      story.when(ends('keep', null))
    }
    expect(kept).toEqual(['tfirst', ...Array.from({ length: 64 }, (_, at) => `t${at + 6}`)])
  })

  test('L2: the largest lessons that may wait fit the state of an actor', () => {
    const wide = '漢'.repeat(5_000)
    const story = lessons().when(tell('x'))
    for (let n = 0; n < 200; n++)
      story.when(tell(n, { prompt: wide, arm: `${n}${wide}`, taskId: `${n}${wide}`, taskType: wide, ok: false, reason: wide }))
    expect(Buffer.byteLength(JSON.stringify(story.living.snapshot.context))).toBeLessThan(700 * 1024)
  })

  test('L3: an execution that is told again is kept once; another one of the same task is another lesson', () => {
    const story = lessons().when(tell(1), tell(1), tell(1, { arm: 'librarian' }), tell(1, { executionId: 't1:2' }))
    expect(story.when(status).outcome.replies).toMatchObject([{ value: { recorded: 3, repeated: 1 } }])
  })

  test('L4: a lesson takes the place of the oldest when all places are taken', () => {
    const story = lessons()
    story.living = {
      ...story.living,
      snapshot: { ...story.living.snapshot, context: { ...story.living.snapshot.context, nextPlace: placesMax } },
    }
    story.when(tell(1))
    expect(story.inputOf('keep')).toMatchObject({ lessons: [{ place: 0 }] })
  })

  test('forgets what it holds and what waits, and says so to all who asked', () => {
    const forget = (id: string) => hears({ type: 'lessons.forget' }, { id })
    const story = lessons()
      .when(tell(1), tell(2), forget('a'), forget('b'))
      .thenIs({ state: 'forgetting', running: ['forget'] })
    story.when(tell(3), ends('forget', null)).thenIs({ state: 'storing' })
    expect(story.outcome.replies).toEqual([
      { to: 'a', value: { ok: true } },
      { to: 'b', value: { ok: true } },
    ])
    expect(story.inputOf('keep')).toMatchObject({ lessons: [{ taskId: 't3' }] })
  })

  test('says why it could not forget', () => {
    const story = lessons().when(hears({ type: 'lessons.forget' }, { id: 'a' }), breaks('forget', new Error('no connection')))
    expect(story.outcome.replies).toEqual([{ to: 'a', value: { ok: false, reason: 'no connection' } }])
  })
})
