import type { EntrySource, Row, RowChange } from './projection.ts'
import { originOf } from './projection.ts'

/** Effects that a turn started, ended by applying the result, or cancelled. */
export function effects(source: EntrySource): readonly RowChange[] {
  const { entry } = source
  const { result } = entry
  return [
    ...(result === undefined ? [] : [ended(source, result, entry.event.type.startsWith(failed) ? 'failed' : 'succeeded')]),
    ...(entry.cancelled ?? []).map((key) => ended(source, key, 'cancelled')),
    ...(entry.effects ?? []).map(({ id, src, key }) =>
      change(source, { key, status: 'running', id, src, startedAt: source.at, startedTurn: entry.turn }),
    ),
  ]
}

/** How the kernel names the event that brings the error of an effect. */
const failed = 'xstate.error.actor.'

const ended = (source: EntrySource, key: string, status: Row<'effects'>['status']): RowChange =>
  change(source, { key, status, finishedAt: source.at, finishedTurn: source.entry.turn })

type Told = Omit<Row<'effects'>, 'actor' | 'tenant' | 'partition' | 'seq' | 'index'>

const change = (source: EntrySource, told: Told): RowChange => ({
  table: 'effects',
  row: { ...told, ...originOf(source), actor: source.entry.actor, tenant: source.address.tenant },
})
