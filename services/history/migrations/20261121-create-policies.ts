// The policies of each tenant, which one is in force, and how they became so.
import { Migration } from '@mikro-orm/migrations'

export class CreatePolicies extends Migration {
  override name = '20261121_create_policies'

  override up(): void {
    for (const statement of Object.values(tables).flat()) this.addSql(statement)
  }

  override down(): void {
    for (const table of Object.keys(tables)) this.addSql(`drop table "${table}"`)
  }
}

const tables = {
  policies: [
    `create table "policies" (
      "tenant" text not null,
      "version" text not null,
      "mode" text not null,
      "share" double precision null,
      "config" jsonb not null,
      "note" text null,
      "created_at" timestamptz(3) not null,
      "created_by" text not null,
      "activated_at" timestamptz(3) null,
      "estimate" jsonb null,
      primary key ("tenant", "version")
    )`,
    `alter table "policies" add constraint "policies_mode_check" check ("mode" in ('draft', 'shadow', 'canary', 'live', 'retired', 'rolled-back'))`,
  ],
  policy_registers: [
    `create table "policy_registers" (
      "tenant" text not null,
      "revision" bigint not null,
      "confirmed" bigint not null,
      "number" bigint not null,
      primary key ("tenant")
    )`,
  ],
  policy_changes: [
    `create table "policy_changes" (
      "tenant" text not null,
      "revision" bigint not null,
      "at" timestamptz(3) not null,
      "by" text not null,
      "action" text not null,
      "version" text not null,
      "note" text null,
      "forced" boolean not null,
      "estimate" jsonb null,
      "before" jsonb not null,
      primary key ("tenant", "revision")
    )`,
  ],
}
