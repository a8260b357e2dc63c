// Read file: a text file below the root, or some of its lines, as passages that can be cited.
import { z } from 'zod'
import type { Tool } from '../../actors/ports.ts'
import { chunk, chunkDefaults, linesOf } from '../memory/chunk.ts'
import { readBelow } from '../memory/folder.ts'
import { defineTool } from './define-tool.ts'

export const fileArgument = z.string().min(1).max(400).describe('Path below the root folder, for example docs/plan.md')

export function readFile(): Tool {
  return defineTool({
    name: 'read-file',
    description: 'Reads a text file, or some of its lines, as passages marked [[file:from-to]].',
    arguments: z.strictObject({
      file: fileArgument,
      fromLine: z.int().min(1).optional().describe('First line, counted from 1'),
      toLine: z.int().min(1).optional().describe('Last line, included'),
    }),
    timeoutMs: 10_000,
    run: async ({ file, fromLine = 1, toLine }, { root }) => {
      const source = await readBelow(root, file)
      const lines = linesOf(source.text)
      const last = Math.min(toLine ?? lines.length, lines.length)
      if (fromLine > last) return { about: [`No such lines: ${source.file} has lines 1 to ${lines.length}.`], passages: [] }
      const wanted = lines.slice(fromLine - 1, last).join('\n')
      const passages = chunk(wanted, source.file, { ...chunkDefaults, overlapCharacters: 0 }).map((piece) => ({
        ...piece,
        fromLine: piece.fromLine + fromLine - 1,
        toLine: piece.toLine + fromLine - 1,
      }))
      return { about: [`${source.file}, lines ${fromLine} to ${last} of ${lines.length}:`], passages }
    },
  })
}
