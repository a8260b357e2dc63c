import { expect, test } from 'vitest'
import { valueAfter } from '../../services/projector/state-values.ts'
import { entry, snapshot, task } from './log-book.ts'

const turn = (fields: object) => entry({ actor: task('t1'), turn: 5, ...fields })

test('the state after a turn is what the turn says, applied to what the turn before left', () => {
  expect(valueAfter(undefined, turn({ snapshot: snapshot({ on: 'left' }) }))).toEqual({ on: 'left' })
  expect(valueAfter({ on: 'left' }, turn({ patch: [['set', ['value', 'on'], 'right']] }))).toEqual({ on: 'right' })
  expect(valueAfter({ on: 'left' }, turn({ patch: [['set', ['value'], 'off']] }))).toBe('off')
  expect(valueAfter('off', turn({ patch: [['set', ['context', 'n'], 1]] }))).toBe('off')
  expect(valueAfter('off', turn({}))).toBe('off')
})

test('a part of an unknown state stays unknown until a turn says the whole', () => {
  expect(valueAfter(undefined, turn({ patch: [['set', ['value', 'on'], 'right']] }))).toBeUndefined()
  expect(
    valueAfter(
      undefined,
      turn({
        patch: [
          ['set', ['value'], { on: 'left' }],
          ['set', ['value', 'on'], 'right'],
        ],
      }),
    ),
  ).toEqual({ on: 'right' })
})

test('a patch that does not fit the state before it is a malformed record', () => {
  const misfit = turn({ patch: [['set', ['value', 'on', 'deep'], 1]] })
  expect(() => valueAfter('off', misfit)).toThrow(expect.objectContaining({ code: 'TR_RECORD_MALFORMED' }))
})
