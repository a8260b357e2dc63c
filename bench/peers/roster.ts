// The systems, each at its default and at the other durability. A new one is a line here and a module in `systems/`.
import type { Setting } from './system.ts'

const strict = (name: string, isDefault = false): Setting => ({ name, durability: 'strict', isDefault })
const fast = (name: string, isDefault = false): Setting => ({ name, durability: 'fast', isDefault })
const postgres = [strict('synchronous_commit=on', true), fast('synchronous_commit=off')]

export const roster = {
  troupe: [fast('fast', true), strict('strict')],
  restate: [strict('fsync', true), fast('no WAL fsync')],
  bullmq: [fast('appendfsync everysec', true), strict('appendfsync always')],
  dbos: postgres,
  'graphile-worker': postgres,
  // Its default stores a step while the next one runs: weaker than the others' chain, so it stands beside `sync`.
  langgraph: [strict('async, synchronous_commit=on', true), strict('sync, synchronous_commit=on'), fast('sync, synchronous_commit=off')],
} as const satisfies Readonly<Record<string, readonly Setting[]>>

export type System = keyof typeof roster
export const systems = Object.keys(roster) as readonly System[]
export const isSystem = (name: string): name is System => Object.hasOwn(roster, name)
