// Data folder
// The one folder under which an embedded stack keeps everything: `.data/` unless said. Who owns it, and what runs on it.
//
// D1. One stack at a time owns a folder. The lock is a SQLite write lock on `stack.lock`: the operating system drops it with its process,
//     so it is never stale and needs no guess from a pid. (Node has no flock; a file made with `wx` outlives a kill.)
// D2. `stack.json` is for people and for other commands: it may be left by a killed stack, so only the lock says whether it is true.
import fs from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { DataFolderBusy } from './errors.ts'

export const defaultDataFolder = '.data'

/** A start waits this long for the lock: longer than `readStack` holds it for its look. */
const lockWaitMs = 250

export interface DataFolder {
  readonly path: string
  /** Says in `stack.json` what runs here. */
  record(state: StackState): Promise<void>
  release(): Promise<void>
}

const stackState = z.object({
  pid: z.number(),
  startedAt: z.string(),
  profile: z.string(),
  /** The embedded servers; one that runs elsewhere is not in here. */
  servers: z.array(z.object({ name: z.string(), pid: z.number(), url: z.string(), monitorUrl: z.string().optional() })),
  /** Where the inspector is, once it is. */
  inspector: z.string().optional(),
})

export type StackState = z.infer<typeof stackState>

/** Takes the folder, creating it; throws `DataFolderBusy` while a live stack owns it. What a dead one left is taken over. */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const root = path.resolve(folder)
  await fs.mkdir(root, { recursive: true })
  const unlock = lock(root, lockWaitMs)
  const stateFile = path.join(root, 'stack.json')
  if (unlock === undefined) throw new DataFolderBusy(busyText(root, await readState(root)))
  return {
    path: root,
    async record(state) {
      await fs.writeFile(`${stateFile}.new`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 })
      await fs.rename(`${stateFile}.new`, stateFile)
    },
    async release() {
      await fs.rm(stateFile, { force: true })
      unlock()
    },
  }
}

/** What runs on this folder now; undefined when nothing does. For a command that wants to talk to a stack started elsewhere. */
export async function readStack(folder: string): Promise<StackState | undefined> {
  const root = path.resolve(folder)
  const state = await readState(root)
  if (state === undefined) return undefined
  const unlock = lock(root, 0)
  unlock?.() // D2: the lock was free, so the state is of a dead stack
  return unlock === undefined ? state : undefined
}

/** D1. Undefined: another one holds it. */
function lock(root: string, waitMs: number): (() => void) | undefined {
  const database = new DatabaseSync(path.join(root, 'stack.lock'), { timeout: waitMs })
  try {
    database.exec('BEGIN IMMEDIATE')
    return () => database.close()
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return undefined
    throw error
  }
}

const sqliteBusy = 5

async function readState(root: string): Promise<StackState | undefined> {
  try {
    return stackState.parse(JSON.parse(await fs.readFile(path.join(root, 'stack.json'), 'utf8')))
  } catch {
    return undefined // not there, or half of an older version: it only informs
  }
}

function busyText(root: string, state: StackState | undefined): string {
  const by = state === undefined ? 'another process that is just starting' : `process ${state.pid}, started ${state.startedAt}`
  return `The data folder ${root} is in use by ${by}. Stop that one, or start this one on a folder of its own with --data <folder>.`
}
