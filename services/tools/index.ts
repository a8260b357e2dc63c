// Tools
// The roster: what agents may call. A new tool is one file, one line here, one test.
import type { Embedder, Memory, Tool } from '../../actors/ports.ts'
import { listFiles } from './list-files.ts'
import { outlineFile } from './outline-file.ts'
import { readFile } from './read-file.ts'
import { reviewCode } from './review-code.ts'
import { searchDocuments } from './search-documents.ts'
import { tableStatistics } from './table-statistics.ts'

export interface ToolDependencies {
  readonly memory: Memory
  readonly embedder: Embedder
}

/** Every tool by its name. */
export function tools({ memory, embedder }: ToolDependencies): ReadonlyMap<string, Tool> {
  const roster = [searchDocuments(memory, embedder), readFile(), listFiles(), outlineFile(), tableStatistics(), reviewCode()]
  return new Map(roster.map((tool) => [tool.schema.name, tool]))
}
