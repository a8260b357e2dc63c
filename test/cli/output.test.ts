import { expect, test } from 'vitest'
import { actorId } from '../../client/index.ts'
import { bytesText, cut, durationText, fields, onOneLine, stateText, table } from '../../services/cli/output.ts'
import { rangesText } from '../../services/cli/ranges.ts'
import { sightingText } from '../../services/cli/sighting.ts'

test('the columns of a table line up', () => {
  expect(
    table(
      ['id', 'state'],
      [
        ['1', 'open'],
        ['1234', ''],
      ],
    ),
  ).toBe(['id    state', '1     open', '1234'].join('\n'))
})

test('what an actor wrote cannot command the terminal or break a line', () => {
  expect(table(['text'], [['\u001b[2Jred\nnext\t']])).toBe('text\n\\x1b[2Jred ⏎ next\\x09')
  expect(fields({ text: 'a\u0007' })).toBe('text  a\\x07')
  expect(onOneLine('a\r\nb')).toBe('a ⏎ b')
})

test('fields line up, long values stand below their name, empty ones are left out', () => {
  expect(fields({ id: '1', nothing: undefined, text: 'a\nb', state: 'open' })).toBe('id     1\ntext\n  a\n  b\nstate  open')
})

test.each([
  ['open', 'open'],
  [{ running: { asking: 'model' } }, 'running.asking.model'],
  [{ left: 'on', right: { off: {} } }, '(left.on, right.off)'],
  [{}, ''],
  [undefined, ''],
])('the state value %j reads %s', (value, text) => {
  expect(stateText(value)).toBe(text)
})

test.each([
  [7, '7 ms'],
  [1_234, '1.2 s'],
  [302_000, '5 min 2 s'],
  [3_600_000 * 2 + 60_000 * 5, '2 h 5 min'],
  [86_400_000 * 3, '3 d'],
])('%d ms reads %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 KiB'],
  [1024 ** 3, '1 GiB'],
])('%d bytes read %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text)
})

test('runs of numbers are joined', () => {
  expect([rangesText([0, 1, 2, 5, 7, 8]), rangesText([])]).toEqual(['0-2, 5, 7-8', 'none'])
})

test('a text that is cut says so', () => {
  expect([cut('abc', 3), cut('abcd', 3)]).toEqual(['abc', 'ab…'])
})

const transition = {
  kind: 'transition',
  actor: actorId('main', 'task', '42'),
  turn: 3,
  at: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  event: 'task.submit',
  value: { running: 'choosing' },
  status: 'active',
  changed: true,
  emits: [{ type: 'task.submitted' }],
  effects: [{ id: '0', src: 'choose' }],
} as const

test('a transition is one line: time, actor, event and state, what came of it', () => {
  expect(sightingText(transition, 0)).toBe(
    '2026-01-02T03:04:05.006Z  main/task/42  task.submit → running.choosing  emits task.submitted  effects choose',
  )
})

test('a transition says when it took nothing, ended the actor, or buried the message', () => {
  expect(sightingText({ ...transition, emits: [], effects: [], changed: false }, 0)).toContain('choosing (event not taken)')
  expect(sightingText({ ...transition, status: 'done', value: 'over' }, 0)).toContain('→ over [done]')
  expect(sightingText({ ...transition, dead: { code: 'TR_TURN_FAILED', cause: 'no' } }, 0)).toContain('dead letter TR_TURN_FAILED: no')
})

test('progress is one line with the time it was seen', () => {
  const progress = { kind: 'progress', actor: transition.actor, effect: { id: '0', src: 'ingest' }, progress: { files: 3 } } as const
  expect(sightingText(progress, 0)).toBe('1970-01-01T00:00:00.000Z  main/task/42  ingest … {"files":3}')
})
