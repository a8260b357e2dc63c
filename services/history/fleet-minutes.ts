// Fleet minutes
// What gateways heard of the fleet, minute by minute, for a day: several gateways write the same rows, and the one that heard more of a minute has it.
import type { MikroORM } from '@mikro-orm/postgresql'
import { FleetMinute as Minutes } from './entities/fleet-minute.ts'

export interface FleetMinute {
  readonly at: Date
  readonly heardMs: number
  /** The gateway's own shape: here nobody looks inside. */
  readonly line: unknown
  readonly marks: readonly unknown[]
}

/** More than a day has. */
const minutesMax = 1_500

export async function keepMinutes(
  orm: MikroORM,
  namespace: string,
  { minutes, forgetBefore }: { readonly minutes: readonly FleetMinute[]; readonly forgetBefore: Date },
): Promise<void> {
  const rows = minutes.map(({ at, heardMs, line, marks }) => ({ at, heardMs: Math.round(heardMs), line, marks }))
  await orm.em.fork().execute(
    `with forgotten as (delete from fleet_minutes where namespace = ? and at < ?)
     insert into fleet_minutes as kept (namespace, at, heard_ms, line, marks)
     select ?, row.at, row."heardMs", row.line, row.marks
       from jsonb_to_recordset(?::jsonb) as row(at timestamptz, "heardMs" int, line jsonb, marks jsonb)
     on conflict (namespace, at) do update set heard_ms = excluded.heard_ms, line = excluded.line, marks = excluded.marks
       where kept.heard_ms < excluded.heard_ms`,
    [namespace, forgetBefore, namespace, JSON.stringify(rows)],
  )
}

/** The oldest first. */
export async function readMinutes(orm: MikroORM, namespace: string, since: Date): Promise<readonly FleetMinute[]> {
  const rows = await orm.em.fork().find(Minutes, { namespace, at: { $gte: since } }, { orderBy: { at: 'desc' }, limit: minutesMax })
  return rows.toReversed().map(({ at, heardMs, line, marks }) => ({ at, heardMs, line, marks: Array.isArray(marks) ? marks : [] }))
}
