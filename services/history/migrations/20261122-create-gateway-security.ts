// Keys of the gateway, and its audit log: a chain of hashes that only grows.
import { Migration } from '@mikro-orm/migrations'

export class CreateGatewaySecurity extends Migration {
  override name = '20261122_create_gateway_security'

  override up(): void {
    for (const statement of [...keys, ...chain]) this.addSql(statement)
  }

  override down(): void {
    this.addSql(`drop table "audit_chain"`)
    this.addSql(`drop function "audit_chain_only_grows_fn"()`)
    this.addSql(`drop table "api_keys"`)
  }
}

const keys = [
  `create table "api_keys" (
    "id" text not null,
    "tenant" text not null,
    "name" text not null,
    "roles" jsonb not null,
    "scopes" jsonb null,
    "secret_hash" text not null,
    "previous_hash" text null,
    "previous_until" timestamptz(3) null,
    "created_at" timestamptz(3) not null,
    "created_by" text not null,
    "expires_at" timestamptz(3) null,
    "rotated_at" timestamptz(3) null,
    "revoked_at" timestamptz(3) null,
    "revoked_by" text null,
    "last_used_at" timestamptz(3) null,
    primary key ("id")
  )`,
  `create index "api_keys_tenant_created_at_id_index" on "api_keys" ("tenant", "created_at", "id")`,
]

const chain = [
  `create table "audit_chain" (
    "seq" bigint not null,
    "at" timestamptz(3) not null,
    "caller" text not null,
    "via" text not null,
    "tenant" text not null,
    "action" text not null,
    "target" text not null,
    "request_id" text not null,
    "outcome" text not null,
    "code" text null,
    "previous_hash" text not null,
    "hash" text not null,
    primary key ("seq")
  )`,
  `alter table "audit_chain" add constraint "audit_chain_outcome_check" check ("outcome" in ('begun', 'done', 'refused', 'denied', 'failed'))`,
  `create index "audit_chain_tenant_seq_index" on "audit_chain" ("tenant", "seq")`,
  // Against mistakes, not against the owner of the table, who can drop it: then the chain shows what was changed.
  `create function "audit_chain_only_grows_fn"() returns trigger as $$ begin raise exception 'rows of audit_chain are only added'; end; $$ language plpgsql`,
  ...['"only_grows" before delete or update', '"is_not_emptied" before truncate'].map(
    (when) => `create trigger ${when} on "audit_chain" for each statement execute function "audit_chain_only_grows_fn"()`,
  ),
]
