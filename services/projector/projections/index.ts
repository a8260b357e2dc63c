// Projections: every one there is, and what all of them make of a record.
import { parseActorId } from '../../../machines/address.ts'
import type { Entry } from '../../../runtime/record.ts'
import type { Json } from '../../../runtime/statechart/stored.ts'
import { RecordMalformed } from '../errors.ts'
import { factsOf } from '../facts.ts'
import { actors } from './actors.ts'
import { agents } from './agents.ts'
import { audit, ownership } from './audit.ts'
import { coordination } from './coordination.ts'
import { deadLetters } from './dead-letters.ts'
import { effects } from './effects.ts'
import { llmCalls } from './llm-calls.ts'
import { messages } from './messages.ts'
import type { EntryProjection, RecordProjection, RecordSource, RowChange } from './projection.ts'
import { taskExecutions } from './task-executions.ts'
import { tasks } from './tasks.ts'
import { turns } from './turns.ts'

const recordProjections: readonly RecordProjection[] = [ownership]
const entryProjections: readonly EntryProjection[] = [
  turns,
  actors,
  messages,
  effects,
  tasks,
  taskExecutions,
  agents,
  coordination,
  llmCalls,
  deadLetters,
  audit,
]

/** The rows of one record, in the order of its entries. `stateAfter` is asked for every entry once, in that order. */
export function rowsOf(source: RecordSource, stateAfter: (entry: Entry) => Json | undefined): readonly RowChange[] {
  const { partition, seq, record } = source
  const ofRecord = recordProjections.flatMap((project) => project(source))
  if (record.kind !== 'turns') return ofRecord
  const ofEntries = record.entries.flatMap((entry, index) => {
    const address = parseActorId(entry.actor)
    if (address === undefined)
      throw new RecordMalformed(`partition ${partition}, record ${seq}, entry ${index}: '${entry.actor}' is no address`)
    const at = new Date(entry.at)
    const facts = factsOf(entry.emits)
    const state = stateAfter(entry)
    return entryProjections.flatMap((project) =>
      project({ partition, seq, index, worker: record.worker, entry, address, at, facts, state }),
    )
  })
  return [...ofRecord, ...ofEntries]
}

export type { RecordSource, Row, RowChange } from './projection.ts'
