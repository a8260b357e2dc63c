import { expect, test } from 'vitest'
import type { LogRecord } from '../../runtime/record.ts'
import { decodeRecord } from '../../services/projector/decode-record.ts'
import { at, taskEntries } from './log-book.ts'

const stamped = (text: string) => ({ seq: 17, at, bytes: new TextEncoder().encode(text) })
const decode = (record: unknown) => decodeRecord(3, stamped(typeof record === 'string' ? record : JSON.stringify(record)))

const record: LogRecord = {
  kind: 'turns',
  epoch: 1,
  worker: 'w1',
  checkpointAt: 0,
  offset: { seq: 1, count: 0, at },
  entries: taskEntries('t1'),
}
const withEntry = (fields: object): object => ({ ...record, entries: [{ ...taskEntries('t1')[0], ...fields }] })

test('a record comes back as it was written, with fields that this version does not know', () => {
  const newer = { ...record, later: { a: 1 } }
  expect(decode(newer)).toEqual(newer)
})

test.for([
  ['text that is no JSON', '{"kind":', 'not JSON'],
  ['bytes of another kind', { ...record, kind: 'merge' }, 'kind'],
  ['no epoch', { ...record, epoch: 0 }, 'epoch'],
  ['an address that is none', withEntry({ actor: 'acme' }), 'entries.0.actor: not tenant/type/key'],
  ['an event without a type', withEntry({ event: {} }), 'entries.0.event.type'],
  ['a time no calendar has', withEntry({ at: 1e18 }), 'entries.0.at'],
  ['half a turn number', withEntry({ turn: 0.5 }), 'entries.0.turn'],
  ['a patch without paths', withEntry({ patch: [['set', 'value', 1]] }), 'entries.0.patch.0.1'],
] as const)('%s is reported with partition, sequence and place', ([, bad, found]) => {
  expect(() => decode(bad)).toThrow(
    expect.objectContaining({ code: 'TR_RECORD_MALFORMED', message: expect.stringMatching(`partition 3, record 17: .*${found}`) }),
  )
})

test('NUL and half a surrogate pair become U+FFFD, in keys too; whole pairs and backslashes stay', () => {
  const event = { type: 'go', '\0k': 'a\0b', half: '\ud800', pair: '\u{1f600}', slash: String.raw`\u0000` }
  const decoded = decode(withEntry({ event }))
  expect(decoded.kind === 'turns' && decoded.entries[0]?.event).toEqual({
    type: 'go',
    '\ufffdk': 'a\ufffdb',
    half: '\ufffd',
    pair: '\u{1f600}',
    slash: String.raw`\u0000`,
  })
})
