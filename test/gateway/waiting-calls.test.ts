import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ActorState } from '../../client/index.ts'
import { actorId } from '../../machines/address.ts'
import { awaitingApproval, editsOf, waitingCalls } from '../../services/gateway/run/waiting-calls.ts'

const actor = actorId('main', 'agent-researcher', 'task:42/1')

/** What an agent shows of one call, and what becomes of what a person writes in its place. */
function edit(original: object) {
  const calls = waitingCalls(
    { actor, value: awaitingApproval, context: { calls: [{ id: 'c', name: 'send', arguments: original }] } } as unknown as ActorState,
    [],
  )
  return {
    shown: structuredClone(calls[0]?.shown) as { [field: string]: never },
    write: (written: unknown) => editsOf(calls, { c: written as Record<string, unknown> }, actor)[0]?.arguments,
  }
}

const refused = expect.objectContaining({ code: 'TR_REQUEST_INVALID' })
const ann = { user: 'ann', password: 'of-ann' }
const bob = { user: 'bob', password: 'of-bob' }

test('W1: a secret in a list stays with its own item when a person takes another one out, or moves them', () => {
  const { shown, write } = edit({ logins: [ann, bob] })
  const [first, second] = shown['logins'] as unknown as object[]
  expect(write({ logins: [second] })).toEqual({ logins: [bob] })
  expect(write({ logins: [second, first] })).toEqual({ logins: [bob, ann] })
  expect(write({ logins: [first, second, { user: 'eve' }] })).toEqual({ logins: [ann, bob, { user: 'eve' }] })
  expect(write({ logins: [{ ...first, user: 'anna' }, second] })).toEqual({ logins: [{ ...ann, user: 'anna' }, bob] })
})

test('W1: where it cannot be told whose secret was left, that is a fault', () => {
  const { shown, write } = edit({ logins: [ann, bob] })
  const [first, second] = shown['logins'] as unknown as object[]
  expect(() => write({ logins: [{ ...second, user: 'robert' }] })).toThrow(refused)
  expect(() =>
    write({
      logins: [
        { ...second, user: 'x' },
        { ...first, user: 'y' },
      ],
    }),
  ).toThrow(refused)
  const { write: writeTwins } = edit({ logins: [{ password: 'a' }, { password: 'b' }] })
  expect(() => writeTwins({ logins: [{ password: '[redacted]' }] })).toThrow(refused)
  const { write: rename } = edit({ password: 'x', note: 'n' })
  expect(() => rename({ pass: '[redacted]', note: 'n' })).toThrow(refused)
})

test('W1: a text that was cut for lack of room is not taken for the whole of it', () => {
  const { shown, write } = edit({
    one: 'a'.repeat(8_000),
    two: 'b'.repeat(8_000),
    rest: 'c'.repeat(8_000),
    ...Object.fromEntries('defghijk'.split('').map((name) => [name, name.repeat(8_000)])),
  })
  const texts: readonly string[] = Object.values(shown)
  const cut = Object.entries(shown).filter(([, text]) => (text as string).length < 8_000)
  expect(texts.length).toBe(11)
  expect(cut.length).toBeGreaterThan(0)
  for (const [name, text] of cut) expect(() => write({ ...shown, [name]: `${text as string}!` })).toThrow(refused)
})

test('W1: whatever was hidden, arguments that nobody changed run as they were', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'b', 'password', 'constructor', '__proto__'), fc.jsonValue({ maxDepth: 5 })),
      (original) => {
        const { shown, write } = edit(original)
        expect(write(shown)).toEqual(original)
      },
    ),
  )
})
