// What a decision was made by, what was predicted, and what came of it besides its reward.
import { Migration } from '@mikro-orm/migrations'

export class WidenDecisions extends Migration {
  override name = '20261121_widen_decisions'

  override up(): void {
    this.addSql(`alter table "decisions" ${columns.map((column) => `add column ${column} null`).join(', ')}`)
    this.addSql(`create index "decisions_tenant_chosen_settled_at_index" on "decisions" ("tenant", "chosen", "settled_at")`)
    this.addSql(`create index "decisions_tenant_settled_at_index" on "decisions" ("tenant", "settled_at")`)
  }

  override down(): void {
    this.addSql(`drop index "decisions_tenant_settled_at_index"`)
    this.addSql(`drop index "decisions_tenant_chosen_settled_at_index"`)
    this.addSql(`alter table "decisions" ${columns.map((column) => `drop column ${column.split(' ', 1)[0] ?? ''}`).join(', ')}`)
  }
}

const columns = [
  '"shard" text',
  '"rank" int',
  '"policy_version" text',
  '"propensity" double precision',
  '"shadow" text',
  '"features" jsonb',
  '"request" jsonb',
  '"others" jsonb',
  '"random" double precision',
  '"predicted" double precision',
  '"raw" double precision',
  '"quality" double precision',
  '"cost_usd" double precision',
  '"latency_ms" double precision',
  '"outcome" bigint',
  '"censored_at" timestamptz(3)',
  '"censored" text',
] as const
