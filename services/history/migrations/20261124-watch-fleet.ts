// What gateways remember of the fleet for a day, and how alerts are set, muted and remembered.
import { Migration } from '@mikro-orm/migrations'

export class WatchFleet extends Migration {
  override name = '20261124_watch_fleet'

  override up(): void {
    this.addSql(`create table "fleet_minutes" (
      "namespace" text not null,
      "at" timestamptz(3) not null,
      "heard_ms" int not null,
      "line" jsonb not null,
      "marks" jsonb not null,
      primary key ("namespace", "at")
    )`)
    this.addSql(`create table "alert_episodes" (
      "namespace" text not null,
      "id" text not null,
      "since" timestamptz(3) not null,
      "seen_at" timestamptz(3) not null,
      "tenant" text null,
      "alert" jsonb not null,
      primary key ("namespace", "id", "since")
    )`)
    this.addSql(`create table "alert_rules" (
      "namespace" text not null,
      "kind" text not null,
      "enabled" boolean not null,
      "threshold" double precision null,
      "for_ms" bigint null,
      "at" timestamptz(3) not null,
      "by" text not null,
      primary key ("namespace", "kind")
    )`)
    this.addSql(`create table "alert_mutes" (
      "namespace" text not null,
      "id" text not null,
      "target" text not null,
      "tenant" text null,
      "reason" text not null,
      "by" text not null,
      "at" timestamptz(3) not null,
      "until" timestamptz(3) not null,
      primary key ("namespace", "id")
    )`)
    this.addSql(`create index "llm_calls_at_index" on "llm_calls" ("at")`)
  }

  override down(): void {
    this.addSql(`drop index "llm_calls_at_index"`)
    for (const table of ['fleet_minutes', 'alert_episodes', 'alert_rules', 'alert_mutes']) this.addSql(`drop table "${table}"`)
  }
}
