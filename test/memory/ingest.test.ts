import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { chunk, linesOf } from '../../services/memory/chunk.ts'
import { openMemory } from '../../services/memory/index.ts'
import { ingest, readFolder } from '../../services/memory/ingest.ts'
import { lexicalEmbedder } from '../support/lexical-embedder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const signal = new AbortController().signal

describe('chunks', () => {
  const word = fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, ''))
  const line = fc.oneof(
    fc.constant(''),
    fc.constant('# A heading'),
    word,
    fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
  )
  const text = fc.array(line, { maxLength: 60 }).chain((lines) => fc.constantFrom('\n', '\r\n').map((end) => lines.join(end)))
  const options = fc.record({ targetCharacters: fc.integer({ min: 2, max: 200 }), overlapCharacters: fc.integer({ min: 0, max: 60 }) })

  test('the lines of a chunk are its text, every line with text is covered, and none is longer than the target', () => {
    fc.assert(
      fc.property(text, options, (source, size) => {
        const lines = linesOf(source)
        const covered = new Set<number>()
        for (const piece of chunk(source, 'a.md', size)) {
          const own = lines.slice(piece.fromLine - 1, piece.toLine)
          for (let number = piece.fromLine; number <= piece.toLine; number += 1) covered.add(number)
          expect(piece.text.length).toBeLessThanOrEqual(size.targetCharacters)
          if (own.length > 1 || own[0]?.length === piece.text.length) expect(piece.text).toBe(own.join('\n'))
          else expect(own[0]).toContain(piece.text)
        }
        const withText = lines.flatMap((each, at) => (each.trim() === '' ? [] : [at + 1]))
        expect(withText.filter((number) => !covered.has(number))).toEqual([])
      }),
    )
  })

  test('a chunk ends before a heading or after a paragraph rather than in the middle of one', () => {
    const paragraph = Array.from({ length: 5 }, (_, at) => `Sentence ${at} of a paragraph of some length.`).join('\n')
    const pieces = chunk(`# One\n\n${paragraph}\n\n# Two\n\n${paragraph}\n\n${paragraph}\n`, 'a.md', {
      targetCharacters: 400,
      overlapCharacters: 50,
    })
    expect(pieces.map(({ fromLine, toLine }) => [fromLine, toLine])).toEqual([
      [1, 7],
      [9, 15],
      [17, 21],
    ])
  })

  test('a paragraph that must be cut is cut between lines, with the last line in both chunks', () => {
    const lines = Array.from({ length: 10 }, (_, at) => `line ${at} ${'x'.repeat(30)}`)
    const pieces = chunk(lines.join('\n'), 'a.txt', { targetCharacters: 200, overlapCharacters: 40 })
    expect(pieces.map(({ fromLine, toLine }) => [fromLine, toLine])).toEqual([
      [1, 5],
      [5, 9],
      [9, 10],
    ])
  })
})

describe('reading a folder', () => {
  test('text files are read in order; all else is skipped with its reason', async () => {
    const root = await temporaryFolder({
      'b.md': 'beta',
      'a/deep.ts': 'export {}',
      'a/photo.png': 'png',
      'blob.txt': new Uint8Array([1, 0, 2]),
      'latin.txt': new Uint8Array([0xe9, 0x74, 0xe9]),
      'big.txt': 'x'.repeat(200),
      'package-lock.json': '{}',
      '.env': 'KEY=1',
      '.git/config': 'x',
      'node_modules/left/index.js': 'x',
      'a]].md': 'x',
    })
    await symlink('/etc/hostname', join(root, 'link.txt'))
    const { files, skipped } = await readFolder(root, { signal, fileBytesMax: 100 })
    expect(files).toEqual([
      { file: 'a/deep.ts', text: 'export {}' },
      { file: 'b.md', text: 'beta' },
    ])
    expect(Object.fromEntries(skipped.map(({ file, reason }) => [file, reason]))).toEqual({
      'a/photo.png': '.png is not a kind of text that is ingested',
      'blob.txt': 'blob.txt is binary; only text is read',
      'latin.txt': 'latin.txt is not UTF-8 text; convert it first',
      'big.txt': 'big.txt has 200 bytes; the limit is 100',
      'package-lock.json': 'a lock file',
      '.env': 'hidden',
      '.git': 'hidden',
      node_modules: 'installed packages',
      'a]].md': 'a name that cannot be cited',
      'link.txt': 'a symbolic link',
    })
  })

  test('what is past the limits of files and characters is said', async () => {
    const root = await temporaryFolder({ 'a.md': 'aaa', 'b.md': 'bbb', 'c.md': 'c' })
    expect((await readFolder(root, { signal, filesMax: 1 })).skipped).toEqual([
      { file: 'b.md', reason: 'more than 1 files' },
      { file: 'c.md', reason: 'more than 1 files' },
    ])
    const { files, skipped } = await readFolder(root, { signal, charactersMax: 4 })
    expect(files.map(({ file }) => file)).toEqual(['a.md', 'c.md'])
    expect(skipped).toEqual([{ file: 'b.md', reason: 'more than 4 characters in all' }])
  })

  test('a folder that is not there, or is a file, is one clear sentence', async () => {
    const root = await temporaryFolder({ 'a.md': '' })
    for (const path of [join(root, 'missing'), join(root, 'a.md')]) {
      await expect(readFolder(path, { signal })).rejects.toMatchObject({ code: 'TR_FOLDER_UNREADABLE' })
    }
  })
})

describe('ingestion', () => {
  async function workOn(root: string) {
    const state = await temporaryFolder()
    const memory = await openMemory({ folder: join(state, 'state') })
    onTestFinished(() => memory.close())
    const embedder = lexicalEmbedder()
    const work = { memory, embedder, collection: 'documents', tenant: 'acme', signal }
    const run = async () => ingest({ ...work, files: (await readFolder(root, { signal })).files })
    const find = async (text: string) => {
      const [vector = new Float32Array()] = await embedder.embed([text], signal)
      return memory.search('documents', 'acme', { vector, text, limit: 3 })
    }
    return { memory, embedder, work, run, find }
  }

  test('ingesting the same folder twice embeds nothing the second time', async () => {
    const root = await temporaryFolder({ 'a.md': '# Alpha\n\nThe heron stands still.\n', 'b.md': 'The kettle boils.\n', 'empty.md': '' })
    const { memory, embedder, run } = await workOn(root)
    expect(await run()).toEqual({ changed: 2, unchanged: 1, chunks: 2 })
    const before = embedder.embedded
    expect(await run()).toEqual({ changed: 0, unchanged: 3, chunks: 0 })
    expect(embedder.embedded).toBe(before)
    expect(await memory.count('documents', 'acme')).toBe(2)
  })

  test('a changed file replaces its old chunks and leaves the others', async () => {
    const long = Array.from({ length: 60 }, (_, at) => `Sentence number ${at} about herons and rivers.`).join('\n')
    const root = await temporaryFolder({ 'a.md': long, 'b.md': 'The kettle boils.' })
    const { memory, run, find } = await workOn(root)
    await run()
    expect(await memory.count('documents', 'acme', { file: 'a.md' })).toBeGreaterThan(2)
    await writeFile(join(root, 'a.md'), 'intro\n\nThe axolotl sleeps.')
    expect(await run()).toEqual({ changed: 1, unchanged: 1, chunks: 1 })
    expect(await memory.count('documents', 'acme')).toBe(2)
    const [hit] = await find('axolotl')
    expect(hit?.payload).toMatchObject({ file: 'a.md', fromLine: 1, toLine: 3, text: 'intro\n\nThe axolotl sleeps.' })
  })

  test('I2: a run that is cut off is completed by the next one', async () => {
    const root = await temporaryFolder()
    await mkdir(join(root, 'many'))
    for (let at = 0; at < 150; at += 1) await writeFile(join(root, 'many', `${at}.txt`), `Text number ${at}.`)
    const { memory, work, run } = await workOn(root)
    const controller = new AbortController()
    const { files } = await readFolder(root, { signal })
    const cut = ingest({ ...work, files, signal: controller.signal, onProgress: () => controller.abort() })
    await expect(cut).rejects.toThrow(/abort/i)
    expect(await memory.count('documents', 'acme')).toBe(64)
    expect(await run()).toEqual({ changed: 86, unchanged: 64, chunks: 86 })
    expect(await memory.count('documents', 'acme')).toBe(150)
  })
})
