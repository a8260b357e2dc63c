// List files: what there is below the root.
import { matchesGlob } from 'node:path'
import { z } from 'zod'
import type { Tool } from '../../actors/ports.ts'
import { walkFolder } from '../memory/folder.ts'
import { defineTool } from './define-tool.ts'

const namesMax = 300

export function listFiles(): Tool {
  return defineTool({
    name: 'list-files',
    description: 'Lists the files that can be read.',
    arguments: z.strictObject({
      pattern: z.string().min(1).max(200).optional().describe('Which: a glob such as **/*.md, or a part of the path'),
    }),
    timeoutMs: 15_000,
    run: async ({ pattern }, { root, signal }) => {
      const { files, skipped } = await walkFolder(root, signal)
      const found = pattern === undefined ? files : files.filter((file) => file.includes(pattern) || matchesGlob(file, pattern))
      if (found.length === 0)
        return { about: [`No such files${pattern === undefined ? '' : `: nothing matches ${pattern}`}.`], passages: [] }
      const shown = found.slice(0, namesMax)
      const counts = `Files: ${found.length}${shown.length < found.length ? `, the first ${shown.length} shown; give a pattern` : ''}`
      const left = skipped.length === 0 ? [] : [`Not listed: ${skipped.length} entries (hidden, links, installed packages).`]
      return { about: [counts, ...left, ...shown], passages: [] }
    },
  })
}
