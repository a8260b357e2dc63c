import { expect, test } from 'vitest'
import { parseEvent, parseTarget } from '../../services/cli/words.ts'

test('an event is one JSON object', () => {
  expect(parseEvent(['{"type": "hit.counted", "n": 1}'])).toEqual({ type: 'hit.counted', n: 1 })
})

test('an event that the shell cut at its spaces is one JSON object still', () => {
  expect(parseEvent(['{"type":', '"hit.counted"}'])).toEqual({ type: 'hit.counted' })
})

test('an event is pairs, whose values are JSON where they read as it and text where not', () => {
  expect(parseEvent(['type=42', 'n=1', 'ok=true', 'list=[1,2]', 'text=a=b c', 'none='])).toEqual({
    type: '42',
    n: 1,
    ok: true,
    list: [1, 2],
    text: 'a=b c',
    none: '',
  })
})

test.each([
  ['no type', ['n=1'], /it has no type/],
  ['a type that is no text', ['{"type": 1}'], /it has no type/],
  ['broken JSON', ['{"type": '], /it is not JSON .*single quotes/],
  ['a word that is no pair', ['hit.counted'], /'hit\.counted' is neither name=value nor a JSON object/],
])('an event with %s is refused with what to do', (_what, words, message) => {
  expect(() => parseEvent(words)).toThrow(
    expect.objectContaining({ code: 'TR_CLI_ARGUMENT_INVALID', message: expect.stringMatching(message) }),
  )
})

test.each([
  ['main/task/42', 'acme', false, { tenant: 'main', type: 'task', key: '42' }],
  ['task/42', 'acme', false, { tenant: 'acme', type: 'task', key: '42' }],
  ['main/file/a/b.md', 'acme', false, { tenant: 'main', type: 'file', key: 'a/b.md' }],
  ['file/a/b.md', 'acme', true, { tenant: 'acme', type: 'file', key: 'a/b.md' }],
  ['*/task/*', 'acme', false, { tenant: '*', type: 'task', key: '*' }],
])('%s with tenant %s (given: %s) is an address', (text, tenant, isGiven, address) => {
  expect(parseTarget(text, tenant, isGiven)).toEqual(address)
})

test.each(['task', '', '/', 'main/task/'])("'%s' is no address", (text) => {
  expect(() => parseTarget(text, 'main', false)).toThrow(/an actor is tenant\/type\/key/)
})
