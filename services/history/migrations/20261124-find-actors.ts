// What actors are looked for by: the states they are in, since when they live, what they cost, how often they failed; and what people keep of such lists.
import { Migration } from '@mikro-orm/migrations'

export class FindActors extends Migration {
  override name = '20261124_find_actors'

  override up(): void {
    for (const column of columns) this.addSql(`alter table "actors" add column ${column} null`)
    this.addSql(`create index "turns_troubled_index" on "turns" ("actor") where failure is not null or event = '@restart'`)
    for (const statement of earlierActors) this.addSql(statement)
    for (const [name, on] of indexes) this.addSql(`create index "${name}" on "actors" ${on}`)
    this.addSql(`create table "saved_views" (
      "tenant" text not null,
      "scope" text not null,
      "name" text not null,
      "content" jsonb not null,
      "saved_by" text not null,
      "saved_at" timestamptz(3) not null,
      primary key ("tenant", "scope", "name")
    )`)
  }

  override down(): void {
    this.addSql(`drop table "saved_views"`)
    for (const [name] of indexes) this.addSql(`drop index "${name}"`)
    this.addSql(`drop index "turns_troubled_index"`)
    for (const column of columns) this.addSql(`alter table "actors" drop column ${column.split(' ')[0]}`)
  }
}

const columns = [
  '"paths" text[]',
  '"born_at" timestamptz(3)',
  '"cost_usd" double precision',
  '"tokens" bigint',
  '"llm_calls" bigint',
  '"failures" bigint',
  '"restarts" bigint',
] as const

/** As the entity declares them. */
const indexes = [
  ['actors_at_actor_index', '("at", "actor")'],
  ['actors_paths_index', 'using gin ("paths")'],
  ['actors_cost_index', '("cost_usd", "tokens", "actor") where llm_calls > 0'],
  ['actors_failures_index', '("failures", "actor") where failures > 0'],
] as const

/** The actors of before, from what the rows say of them. A path is as long as state-paths.ts has them at most: the index takes no longer ones. */
const earlierActors = [
  `with recursive walked (actor, path, inside) as (
     select actor, null::text, state from actors where state is not null
     union all
     select actor, concat_ws('.', path, step.name), step.inside from walked, lateral (
       select key as name, value as inside from jsonb_each(case when jsonb_typeof(walked.inside) = 'object' then walked.inside else '{}' end)
       union all
       select walked.inside #>> '{}', null where jsonb_typeof(walked.inside) = 'string'
     ) step where length(concat_ws('.', path, step.name)) <= 512
   )
   update actors set paths = found.paths from (
     select actor, array_agg(path order by path) as paths from walked where path is not null group by actor
   ) found where found.actor = actors.actor`,
  `update actors set born_at = turns.at from turns where turns.actor = actors.actor and turns.turn = 1`,
  `update actors set cost_usd = calls.cost, tokens = calls.tokens, llm_calls = calls.calls from (
     select actor, sum(cost_usd) as cost, sum(input_tokens + output_tokens) as tokens, count(*) as calls from llm_calls group by actor
   ) calls where calls.actor = actors.actor`,
  `update actors set failures = troubled.failures, restarts = troubled.restarts from (
     select actor, count(failure) as failures, count(*) filter (where event = '@restart') as restarts
     from turns where failure is not null or event = '@restart' group by actor
   ) troubled where troubled.actor = actors.actor`,
] as const
