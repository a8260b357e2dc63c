// Roots
// Which folders this worker may read: a task names its folder, so whoever may send a task would otherwise read whatever the worker may.
import { realpathSync } from 'node:fs'
import { delimiter, relative, isAbsolute, resolve } from 'node:path'
import type { Ingest, Tool, ToolResult } from '../../actors/ports.ts'
import { FolderRefused } from '../memory/errors.ts'

export class Roots {
  readonly #allowed: readonly string[]

  /** `setting`: folders with the system's path delimiter between them; a folder that is not there allows nothing. */
  constructor(setting: string) {
    this.#allowed = setting.split(delimiter).filter(Boolean).flatMap(realPath)
  }

  /** Throws FolderRefused for a folder that is neither an allowed one nor below one. Links are followed first. */
  check(folder: string): void {
    const [real] = realPath(folder)
    if (real !== undefined && this.#allowed.some((allowed) => isWithin(real, allowed))) return
    throw new FolderRefused(
      `reading ${folder}: this worker may read ${this.#allowed.join(', ') || 'no folder'}; add the folder to TROUPE_ROOTS and start it again`,
    )
  }

  guardIngest(ingest: Ingest): Ingest {
    return {
      ingest: async (request, call) => {
        this.check(request.root)
        return ingest.ingest(request, call)
      },
    }
  }

  guardTools(tools: ReadonlyMap<string, Tool>): ReadonlyMap<string, Tool> {
    return new Map([...tools].map(([name, tool]) => [name, this.#guardTool(tool)]))
  }

  #guardTool(tool: Tool): Tool {
    return {
      ...tool,
      run: async (args, call): Promise<ToolResult> => {
        try {
          this.check(call.root)
        } catch (error) {
          return { ok: false, text: `Error: ${error instanceof Error ? error.message : 'the folder is refused'}`, citations: [] }
        }
        return tool.run(args, call)
      },
    }
  }
}

function realPath(folder: string): string[] {
  try {
    return [realpathSync(resolve(folder))]
  } catch {
    return [] // not there: nothing to allow, nothing to read
  }
}

function isWithin(folder: string, root: string): boolean {
  const path = relative(root, folder)
  return path === '' || (!path.startsWith('..') && !isAbsolute(path))
}
