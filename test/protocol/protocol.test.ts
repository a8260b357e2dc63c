import fs from 'node:fs/promises'
import { expect, test } from 'vitest'
import { wireLimits } from '../../client/options.ts'
import { encodeKey, parseActorId, partitionOf } from '../../machines/address.ts'
import { subjects } from '../../machines/subject.ts'

const page = await fs.readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8')

/** The rows of the table whose head begins with the given cells. */
function table(...head: readonly string[]): readonly (readonly string[])[] {
  const lines = page.split('\n')
  const at = lines.findIndex((line) => line.startsWith(`| ${head.join(' | ')}`))
  if (at < 0) throw new Error(`docs/protocol.md has no table ${head.join(', ')}`)
  const rows = lines.slice(at + 2)
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) => cells(line))
}

const cells = (line: string): readonly string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim().replaceAll('`', ''))

test('the examples of key tokens in docs/protocol.md are what the encoding gives', () => {
  const rows = table('key', 'token')
  expect(rows.length).toBeGreaterThan(4)
  for (const [key = '', token] of rows) expect(encodeKey(key)).toBe(token)
})

test('the examples of partitions in docs/protocol.md are what the hash gives', () => {
  const rows = table('address', 'of 16', 'of 64')
  expect(rows.length).toBeGreaterThan(2)
  for (const [id = '', of16, of64] of rows) {
    const address = parseActorId(id)
    expect(address && [partitionOf(address, 16), partitionOf(address, 64)].map(String)).toEqual([of16, of64])
  }
})

test('docs/protocol.md names every subject of machines/subject.ts that is not a pattern', () => {
  const named = table('subject').flatMap(([subject = '']) => subject.split(', '))
  const names = subjects('<ns>')
  const anyone = { tenant: '<tenant>', type: '<type>', key: 'KEY' }
  const template = (subject: string): string => subject.replace('KEY', '<key>').replace('4711', '<p>').replace('4712', '<source>')
  const written = [names.send(anyone), names.frame(4711, '<tenant>'), names.event(anyone), names.watch, names.query(4711, '<tenant>')]
  const tried = [names.dryRun(4711, '<tenant>')]
  const kept = [names.log(4711), names.dead(anyone), names.channel(4711, 4712), names.state(4711, anyone)]
  for (const subject of [...written, ...tried, ...kept]) expect(named).toContain(template(subject))
})

test('the limits in docs/protocol.md are those of the client', () => {
  expect(page).toContain(`at most ${wireLimits.frameMessagesMax} messages and ${wireLimits.frameBytesMax / 1024} KiB`)
  expect(page).toContain(`may hold up to ${wireLimits.messageBytesMax / 1024} KiB`)
  expect(page).toContain(`every ${wireLimits.watchAnnounceMs / 1000} seconds`)
  expect(page).toContain(`"ttlMs": ${wireLimits.watchTtlMs}`)
})
