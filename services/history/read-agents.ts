// Read agents
// Agents as people look for them, page by page, and how each has been doing. Behind the log by the projector's delay.
//
// W1. Pages are cut behind a row's key, and no two rows have one key: walking on from page to page repeats no row and skips none,
//     whatever is inserted meanwhile. By name this holds whatever happens; by update a row that changes meanwhile moves, to where it was walked by already.
// W2. How an agent has been doing is counted for the rows of the page only, from its latest outcomes, so many at most.
import type { MikroORM } from '@mikro-orm/postgresql'
import type { AgentStatus } from '../../machines/registry.ts'
import { cursorOf, placeOf } from './cursor.ts'

export interface AgentQuery {
  /** Undefined: of every tenant. */
  readonly tenant: string | undefined
  readonly kind?: string | undefined
  readonly status?: AgentStatus | undefined
  /** `name@version`, or a name for any version. */
  readonly skill?: string | undefined
  readonly capability?: string | undefined
  readonly taskType?: string | undefined
  readonly owner?: string | undefined
  readonly costClass?: string | undefined
  /** In the name or the description, in any case. */
  readonly text?: string | undefined
  /** Default `name`; `updated`: the latest first. */
  readonly by?: 'name' | 'updated'
  /** Rows of the page; 1,000 at most. */
  readonly limit: number
  /** The `next` of the page before. */
  readonly after?: string | undefined
  /** Health is of the seven days before. Default: now. */
  readonly now?: Date
}

export interface ListedAgent {
  readonly agent: string
  readonly tenant: string
  readonly source: 'roster' | 'registry'
  readonly status: AgentStatus
  readonly version: string
  readonly kind: string
  readonly taskTypes: readonly string[]
  readonly capabilities: readonly string[]
  readonly skills: readonly string[]
  readonly models: readonly string[]
  readonly owner: string
  readonly costClass: string
  readonly description: string
  readonly revision: number | undefined
  readonly selectable: boolean
  /** Why it is not, when it could be. */
  readonly why: string
  readonly updatedAt: Date
  readonly health: AgentHealth
}

/** From the outcomes of the last seven days, the latest thousand at most. */
export interface AgentHealth {
  readonly outcomes: number
  /** Undefined without outcomes. */
  readonly successShare: number | undefined
  readonly lastOutcomeAt: Date | undefined
}

export interface AgentPage {
  readonly agents: readonly ListedAgent[]
  /** Undefined: this is the last page. */
  readonly next: string | undefined
}

const pageRowsMax = 1_000
const healthMs = 7 * 86_400_000
const healthRowsMax = 1_000

/** Throws `CursorInvalid`. */
export async function readAgents(orm: MikroORM, query: AgentQuery): Promise<AgentPage> {
  const limit = Math.min(pageRowsMax, Math.max(1, Math.trunc(query.limit)))
  const { sql, values } = pageStatement(query, limit + 1)
  const rows = await orm.em.fork().execute<Row[]>(sql, values)
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { agents: shown.map(listed), next: last && cursorOf(query.by ?? 'name', placeIn(query, last)) }
}

/** One agent, by its name. */
export async function readAgent(orm: MikroORM, agent: string, tenant: string): Promise<ListedAgent | undefined> {
  const { sql, values } = pageStatement({ tenant, limit: 1 }, 1, { sql: 'a.agent = ?', values: [agent] })
  const [row] = await orm.em.fork().execute<Row[]>(sql, values)
  return row && listed(row)
}

interface Part {
  readonly sql: string
  readonly values: readonly unknown[]
}

/** Also for a look at its plan. */
export function pageStatement(query: AgentQuery, rows: number, only?: Part): { readonly sql: string; readonly values: unknown[] } {
  const parts = [...filters(query), ...(only ? [only] : []), ...afterPlace(query)]
  const order = query.by === 'updated' ? 'a.updated_at desc, a.agent desc, a.actor desc' : 'a.agent, a.actor'
  const since = new Date((query.now ?? new Date()).getTime() - healthMs)
  return {
    sql: `with page as materialized (
      select a.* from agents a where ${parts.map(({ sql }) => sql).join(' and ')} order by ${order} limit ?
    )
    select a.*, health.outcomes, health.successes, health.last_outcome_at from page a
    left join lateral (
      select count(*) as outcomes, count(*) filter (where latest.ok) as successes, max(latest.settled_at) as last_outcome_at from (
        select d.ok, d.settled_at
        from unnest(array[a.agent] || array(select a.agent || '@' || model from jsonb_array_elements_text(coalesce(a.models, '[]')) as model)) as arm,
        lateral (
          select ok, settled_at from decisions where tenant = a.tenant and chosen = arm and settled_at > ?
          order by settled_at desc limit ${healthRowsMax}
        ) d
        order by d.settled_at desc limit ${healthRowsMax}
      ) latest
    ) health on true
    order by ${order}`,
    values: [...parts.flatMap(({ values }) => values), rows, since],
  }
}

/** An agent of the registry is known to the coordinator too: its own row is the one that is shown. */
const notTwice = `(a.source = 'registry' or not exists (
  select 1 from agents r where r.tenant = a.tenant and r.agent = a.agent and r.source = 'registry'))`

function filters(query: AgentQuery): readonly Part[] {
  const equal = (column: string, value: string | undefined): readonly Part[] =>
    value === undefined ? [] : [{ sql: `a.${column} = ?`, values: [value] }]
  const holds = (column: string, value: string | undefined): readonly Part[] =>
    value === undefined ? [] : [{ sql: `a.${column} @> ?::jsonb`, values: [JSON.stringify([value])] }]
  const { tenant, kind, status, skill, capability, taskType, owner, costClass, text } = query
  return [
    { sql: notTwice, values: [] },
    ...equal('tenant', tenant),
    ...equal('kind', kind),
    ...equal('status', status),
    ...equal('owner', owner),
    ...equal('cost_class', costClass),
    ...holds('capabilities', capability),
    ...holds('task_types', taskType),
    ...(skill === undefined ? [] : skill.includes('@') ? holds('skills', skill) : [anyVersion(skill)]),
    ...(text === undefined ? [] : [{ sql: '(a.agent ilike ? or a.description ilike ?)', values: [like(text), like(text)] }]),
  ]
}

const anyVersion = (skill: string): Part => ({
  sql: `exists (select 1 from jsonb_array_elements_text(coalesce(a.skills, '[]')) as skill where starts_with(skill, ?))`,
  values: [`${skill}@`],
})

const like = (text: string): string => `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`

/** W1 */
function afterPlace({ by = 'name', after }: AgentQuery): readonly Part[] {
  if (after === undefined) return []
  if (by === 'name') return [{ sql: '(a.agent, a.actor) > (?, ?)', values: placeOf(after, by, 2) }]
  const [at = 0, agent, actor] = placeOf(after, by, 3)
  return [{ sql: '(a.updated_at, a.agent, a.actor) < (?, ?, ?)', values: [new Date(at), agent, actor] }]
}

const placeIn = ({ by = 'name' }: AgentQuery, { agent, actor, updated_at }: Row): readonly (string | number)[] =>
  by === 'name' ? [agent, actor] : [new Date(updated_at ?? 0).getTime(), agent, actor]

interface Row {
  readonly actor: string
  readonly agent: string
  readonly tenant: string
  readonly source: 'roster' | 'registry' | null
  readonly status: AgentStatus | null
  readonly version: string | null
  readonly kind: string | null
  readonly task_types: readonly string[] | null
  readonly capabilities: readonly string[] | null
  readonly skills: readonly string[] | null
  readonly models: readonly string[] | null
  readonly owner: string | null
  readonly cost_class: string | null
  readonly description: string | null
  readonly revision: string | null
  readonly selectable: boolean | null
  readonly why: string | null
  readonly updated_at: string | null
  readonly outcomes: string
  readonly successes: string
  readonly last_outcome_at: string | null
}

function listed(row: Row): ListedAgent {
  const outcomes = Number(row.outcomes)
  return {
    agent: row.agent,
    tenant: row.tenant,
    source: row.source ?? 'roster',
    status: row.status ?? 'active',
    version: row.version ?? '',
    kind: row.kind ?? row.agent,
    taskTypes: row.task_types ?? [],
    capabilities: row.capabilities ?? [],
    skills: row.skills ?? [],
    models: row.models ?? [],
    owner: row.owner ?? '',
    costClass: row.cost_class ?? '',
    description: row.description ?? '',
    revision: row.revision === null ? undefined : Number(row.revision),
    selectable: row.selectable ?? false,
    why: row.why ?? '',
    updatedAt: new Date(row.updated_at ?? 0),
    health: {
      outcomes,
      successShare: outcomes === 0 ? undefined : Number(row.successes) / outcomes,
      lastOutcomeAt: row.last_outcome_at === null ? undefined : new Date(row.last_outcome_at),
    },
  }
}
