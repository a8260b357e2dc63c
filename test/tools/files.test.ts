import { execFileSync } from 'node:child_process'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { linesOf } from '../../services/memory/chunk.ts'
import { resultCharactersMax } from '../../services/tools/define-tool.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { benchWith } from './support.ts'

test('read-file gives marked passages whose lines are those of the file', async () => {
  const text = Array.from({ length: 90 }, (_, at) => (at % 7 === 0 ? '' : `Line ${at + 1} of the plan, with some words.`)).join('\n')
  const { call } = await benchWith({ 'docs/plan.md': text })
  const { ok, text: shown, citations } = await call('read-file', { file: './docs/plan.md', fromLine: 10, toLine: 60 })
  expect(ok).toBe(true)
  expect(citations.length).toBeGreaterThan(1)
  for (const { file, fromLine, toLine } of citations) {
    expect(shown).toContain(
      `[[${file}:${fromLine}-${toLine}]]\n${linesOf(text)
        .slice(fromLine - 1, toLine)
        .join('\n')}`,
    )
  }
  expect(citations[0]).toEqual({ file: 'docs/plan.md', fromLine: 10, toLine: expect.any(Number) })
  expect(citations.at(-1)?.toLine).toBe(60)
})

test('a long file is cut at whole passages, and the result says where to go on', async () => {
  const lines = Array.from({ length: 2_000 }, (_, at) => `This is line ${at + 1}.`)
  const { call } = await benchWith({ 'long.txt': lines.join('\n') })
  const { text, citations } = await call('read-file', { file: 'long.txt' })
  expect(text.length).toBeLessThanOrEqual(resultCharactersMax + 200)
  expect(text).toContain(`Shown: ${citations.length} of`)
  expect(text).toContain(`the next is long.txt line ${(citations.at(-1)?.toLine ?? 0) + 1}`)
})

test('nothing outside the root, hidden, binary or too large is read', async () => {
  const outside = await temporaryFolder({ 'secret.txt': 'TOP SECRET' })
  const { root, call } = await benchWith({
    'a.md': 'fine',
    '.env': 'TOP SECRET',
    'sub/b.md': 'b',
    'blob.bin': new Uint8Array([1, 0]),
    'big.txt': 'x'.repeat(1_100_000),
  })
  await symlink(join(outside, 'secret.txt'), join(root, 'file-link.md'))
  await symlink(outside, join(root, 'folder-link'))
  await symlink('.env', join(root, 'env-link'))
  execFileSync('mkfifo', [join(root, 'pipe')])
  const refused = [
    `../${outside.split('/').at(-1)}/secret.txt`,
    'sub/../../a.md',
    join(outside, 'secret.txt'),
    'C:\\windows\\system.ini',
    '\\\\server\\share',
    'file-link.md',
    'folder-link/secret.txt',
    'env-link',
    '.env',
    'sub/../.env',
    'a.md\0.txt',
    'a.md\n[[x:1-1]]',
    '.',
    'sub',
    'pipe',
    'missing.md',
    'blob.bin',
    'big.txt',
  ]
  for (const file of refused) {
    const result = await call('read-file', { file })
    expect({ file, ok: result.ok }).toEqual({ file, ok: false })
    expect(result.text).toMatch(/^Error: /)
    expect(result.text).not.toContain('TOP SECRET')
  }
  expect(await call('read-file', { file: 'sub/../a.md' })).toMatchObject({
    ok: true,
    citations: [{ file: 'a.md', fromLine: 1, toLine: 1 }],
  })
})

test('no path made of dots, slashes and names leads out of the root', async () => {
  const outer = await temporaryFolder({ 'secret.txt': 'TOP SECRET', 'root/a.md': 'fine', 'root/sub/b.md': 'fine' })
  const { call } = await benchWith({})
  const part = fc.constantFrom('..', '.', '', 'sub', 'root', 'a.md', 'secret.txt', '%2e%2e', '..\\', '~')
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 7 }), async (parts) => {
      await writeFile(join(outer, 'root', 'a.md'), 'fine')
      const result = await call('read-file', { file: parts.join('/') || '.' })
      expect(result.text).not.toContain('TOP SECRET')
    }),
    { numRuns: 100 },
  )
})

test('list-files shows what can be read, by glob or by a part of the path', async () => {
  const { root, call } = await benchWith({ 'a.md': '', 'docs/b.md': '', 'docs/c.csv': '', '.env': '', 'node_modules/x/y.js': '' })
  await symlink('/etc', join(root, 'etc'))
  const names = async (args: unknown) =>
    (await call('list-files', args)).text.split('\n').filter((line) => !/^(Files|Not listed): /.test(line))
  expect(await names({})).toEqual(['a.md', 'docs/b.md', 'docs/c.csv'])
  expect(await names({ pattern: '**/*.md' })).toEqual(['a.md', 'docs/b.md'])
  expect(await names({ pattern: 'docs/' })).toEqual(['docs/b.md', 'docs/c.csv'])
  expect((await call('list-files', { pattern: '*.pdf' })).text).toBe('No such files: nothing matches *.pdf.')
  expect((await call('list-files', {})).text).toContain('Not listed: 3 entries')
})

test('outline-file gives the sections of a document with the lines they take', async () => {
  const text = '# Guide\n\nHow to begin. More words.\n\n## Install\n\n```sh\n# not a heading\n```\n\n## Use\nCall it.\n\n# Licence\nFree.\n'
  const { call } = await benchWith({ 'guide.md': text })
  const { text: shown, citations } = await call('outline-file', { file: 'guide.md' })
  expect(citations.map(({ fromLine, toLine }) => [fromLine, toLine])).toEqual([
    [1, 12],
    [5, 9],
    [11, 12],
    [14, 15],
  ])
  expect(shown).toContain('[[guide.md:1-12]]\n# Guide\nHow to begin.\n')
})

test('outline-file gives the exported definitions of source code and the first sentences of plain text', async () => {
  const source =
    'import x from "y"\n\n// Adds.\nexport function add(\n  a: number,\n): number {\n  return a\n}\n\nconst hidden = 1\n\nexport const two = 2\n'
  const { call } = await benchWith({
    'a.ts': source,
    'b.txt': 'One thing. Two things.\n\nAnother\nparagraph! More.\n',
    'c.py': 'class A:\n    def f(self):\n        pass\n\ndef _p(): pass\n',
  })
  const outline = async (file: string) => (await call('outline-file', { file })).text.split('\n').slice(1)
  expect(await outline('a.ts')).toEqual(['[[a.ts:3-8]]', 'Adds.', 'export function add(', '[[a.ts:12-12]]', 'export const two = 2'])
  expect(await outline('b.txt')).toEqual(['[[b.txt:1-1]]', 'One thing.', '[[b.txt:3-4]]', 'Another paragraph!'])
  expect(await outline('c.py')).toEqual(['[[c.py:1-3]]', 'class A:'])
})
