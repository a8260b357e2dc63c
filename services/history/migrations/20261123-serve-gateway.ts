// What the gateway's lists are read by, and the answers it keeps for requests that are repeated.
import { Migration } from '@mikro-orm/migrations'

export class ServeGateway extends Migration {
  override name = '20261123_serve_gateway'

  override up(): void {
    this.addSql(`create table "gateway_requests" (
      "operation" text not null,
      "caller" text not null,
      "key" text not null,
      "hash" text not null,
      "at" timestamptz(3) not null,
      "answer" jsonb null,
      primary key ("operation", "caller", "key")
    )`)
    this.addSql(`create index "gateway_requests_at_index" on "gateway_requests" ("at")`)
    this.addSql(`alter table "tasks" add column "words" tsvector null generated always as (
      to_tsvector('simple', translate("id" || ' ' || coalesce("prompt", ''), '-+./:@<>&', '         '))) stored`)
    for (const [name, on] of indexes) this.addSql(`create index "${name}" on ${on}`)
  }

  override down(): void {
    for (const [name] of indexes) this.addSql(`drop index "${name}"`)
    this.addSql(`alter table "tasks" drop column "words"`)
    this.addSql(`drop table "gateway_requests"`)
  }
}

/** As the entities declare them. */
const submitted = `(coalesce("submitted_at", to_timestamp(0)))`
const indexes = [
  ['tasks_submitted_index', `"tasks" (${submitted}, "actor")`],
  ['tasks_tenant_submitted_index', `"tasks" ("tenant", ${submitted}, "actor")`],
  ['tasks_status_submitted_index', `"tasks" ("status", ${submitted}, "actor")`],
  ['tasks_type_submitted_index', `"tasks" ("task_type", ${submitted}, "actor")`],
  ['tasks_words_index', `"tasks" using gin ("words")`],
  ['tasks_finished_at_index', `"tasks" ("finished_at")`],
  ['decisions_made_index', `"decisions" ("made_at", "actor", "id")`],
  ['decisions_tenant_made_index', `"decisions" ("tenant", "made_at", "actor", "id")`],
  ['decisions_agent_made_index', `"decisions" (split_part("chosen", '@', 1), "made_at", "actor", "id")`],
  ['decisions_tenant_agent_made_index', `"decisions" ("tenant", split_part("chosen", '@', 1), "made_at", "actor", "id")`],
  ['decisions_id_index', `"decisions" ("id")`],
  ['decisions_task_id_index', `"decisions" ("task_id")`],
  ['dead_letters_died_index', `"dead_letters" ("at", "partition", "seq", "index")`],
  ['dead_letters_tenant_died_index', `"dead_letters" ("tenant", "at", "partition", "seq", "index")`],
  ['dead_letters_code_died_index', `"dead_letters" ("code", "at", "partition", "seq", "index")`],
] as const
