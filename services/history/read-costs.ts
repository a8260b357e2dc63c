// Read costs
// What the models' calls cost each tenant since a time, as far as the log is projected.
import type { MikroORM } from '@mikro-orm/postgresql'
import { equal } from './key-page.ts'

export interface Cost {
  readonly tenant: string
  readonly usd: number
}

const tenantsMax = 200

/** The dearest first; of one tenant or of all. */
export async function readCosts(orm: MikroORM, tenant: string | undefined, since: Date): Promise<readonly Cost[]> {
  const own = equal('tenant', tenant)
  return orm.em
    .fork()
    .execute<Cost[]>(
      `select tenant, sum(cost_usd)::float8 as usd from llm_calls where at > ? ${own ? `and ${own.sql}` : ''} group by tenant order by usd desc, tenant limit ${tenantsMax}`,
      [since, ...(own?.values ?? [])],
    )
}
