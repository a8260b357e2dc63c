// The tables of the history. Made by MikroORM's migrator from services/history/entities, then reviewed: the truth about a database that exists.
import { Migration } from '@mikro-orm/migrations'

export class CreateHistory extends Migration {
  override name = '20261120_create_history'

  override up(): void {
    this.addSql(`create table "agents" (
      "actor" text not null,
      "agent" text not null,
      "tenant" text not null,
      "version" text not null,
      "task_types" jsonb not null,
      "capabilities" jsonb not null,
      "registered_at" timestamptz(3) not null,
      "partition" int not null,
      "seq" bigint not null,
      "index" int not null,
      primary key ("actor", "agent")
    )`)
    this.addSql(`create index "agents_tenant_agent_index" on "agents" ("tenant", "agent")`)

    this.addSql(`create table "audit" (
      "partition" int not null,
      "seq" bigint not null,
      "index" int not null,
      "n" int not null,
      "tenant" text null,
      "action" text not null,
      "acted_by" text null,
      "subject" text not null,
      "detail" jsonb null,
      "at" timestamptz(3) not null,
      primary key ("partition", "seq", "index", "n")
    )`)
    this.addSql(`create index "audit_tenant_at_index" on "audit" ("tenant", "at")`)
    this.addSql(`create index "audit_action_at_index" on "audit" ("action", "at")`)

    this.addSql(`create table "dead_letters" (
      "partition" int not null,
      "seq" bigint not null,
      "index" int not null,
      "tenant" text not null,
      "actor" text not null,
      "message" text not null,
      "type" text not null,
      "event" jsonb not null,
      "sender" text null,
      "code" text not null,
      "cause" text not null,
      "stack" text null,
      "raw" text null,
      "at" timestamptz(3) not null,
      primary key ("partition", "seq", "index")
    )`)
    this.addSql(`create index "dead_letters_actor_index" on "dead_letters" ("actor")`)
    this.addSql(`create index "dead_letters_tenant_at_index" on "dead_letters" ("tenant", "at")`)

    this.addSql(`create table "decisions" (
      "actor" text not null,
      "id" text not null,
      "tenant" text not null,
      "task_id" text not null,
      "task_type" text null,
      "chosen" text null,
      "why" text null,
      "candidates" jsonb null,
      "made_at" timestamptz(3) null,
      "reward" double precision null,
      "ok" boolean null,
      "settled_at" timestamptz(3) null,
      "partition" int not null,
      "seq" bigint not null,
      "index" int not null,
      primary key ("actor", "id")
    )`)
    this.addSql(`create index "decisions_tenant_task_id_index" on "decisions" ("tenant", "task_id")`)
    this.addSql(`create index "decisions_tenant_made_at_index" on "decisions" ("tenant", "made_at")`)

    this.addSql(`create table "effects" (
      "actor" text not null,
      "key" text not null,
      "tenant" text not null,
      "status" text not null,
      "id" text null,
      "src" text null,
      "started_at" timestamptz(3) null,
      "started_turn" bigint null,
      "finished_at" timestamptz(3) null,
      "finished_turn" bigint null,
      "partition" int not null,
      "seq" bigint not null,
      "index" int not null,
      primary key ("actor", "key")
    )`)
    this.addSql(`create index "effects_tenant_status_started_at_index" on "effects" ("tenant", "status", "started_at")`)
    this.addSql(
      `alter table "effects" add constraint "effects_status_check" check ("status" in ('running', 'succeeded', 'failed', 'cancelled'))`,
    )

    this.addSql(`create table "llm_calls" (
      "partition" int not null,
      "seq" bigint not null,
      "index" int not null,
      "n" int not null,
      "tenant" text not null,
      "actor" text not null,
      "task_id" text not null,
      "agent" text not null,
      "model" text not null,
      "offline" boolean not null,
      "input_tokens" bigint not null,
      "output_tokens" bigint not null,
      "cost_usd" double precision not null,
      "latency_ms" double precision not null,
      "finish" text not null,
      "at" timestamptz(3) not null,
      primary key ("partition", "seq", "index", "n")
    )`)
    this.addSql(`create index "llm_calls_tenant_at_index" on "llm_calls" ("tenant", "at")`)
    this.addSql(`create index "llm_calls_tenant_task_id_index" on "llm_calls" ("tenant", "task_id")`)

    this.addSql(`create table "messages" (
      "partition" int not null,
      "seq" bigint not null,
      "index" int not null,
      "n" int not null,
      "tenant" text not null,
      "actor" text not null,
      "direction" text not null,
      "peer" text null,
      "id" text not null,
      "kind" text null,
      "type" text not null,
      "event" jsonb not null,
      "correlation" text null,
      "trace" text null,
      "at" timestamptz(3) not null,
      primary key ("partition", "seq", "index", "n")
    )`)
    this.addSql(`create index "messages_actor_seq_index" on "messages" ("actor", "seq")`)
    this.addSql(`create index "messages_id_index" on "messages" using hash ("id")`)
    this.addSql(`create index "messages_correlation_index" on "messages" using hash ("correlation")`)
    this.addSql(`alter table "messages" add constraint "messages_direction_check" check ("direction" in ('received', 'sent'))`)

    this.addSql(`create table "projection_offsets" (
      "namespace" text not null,
      "partition" int not null,
      "seq" bigint not null,
      "epoch" bigint not null,
      "stored_at" timestamptz(3) not null,
      primary key ("namespace", "partition")
    )`)

    this.addSql(`create table "tasks" (
      "actor" text not null,
      "id" text not null,
      "tenant" text not null,
      "status" text not null,
      "task_type" text null,
      "prompt" text null,
      "file" text null,
      "submitted_at" timestamptz(3) null,
      "agent" text null,
      "agent_actor" text null,
      "execution_id" text null,
      "decision_id" text null,
      "why" text null,
      "assigned_at" timestamptz(3) null,
      "finished_at" timestamptz(3) null,
      "duration_ms" double precision null,
      "reason" text null,
      "answer" text null,
      "citations" jsonb null,
      "model" text null,
      "offline" boolean null,
      "input_tokens" bigint null,
      "output_tokens" bigint null,
      "cost_usd" double precision null,
      "llm_calls" bigint null,
      "tool_calls" bigint null,
      "correlation" text null,
      "partition" int not null,
      "seq" bigint not null,
      "index" int not null,
      primary key ("actor", "id")
    )`)
    this.addSql(`create index "tasks_id_index" on "tasks" ("id")`)
    this.addSql(`create index "tasks_tenant_id_index" on "tasks" ("tenant", "id")`)
    this.addSql(`create index "tasks_tenant_status_submitted_at_index" on "tasks" ("tenant", "status", "submitted_at")`)
    this.addSql(
      `alter table "tasks" add constraint "tasks_status_check" check ("status" in ('pending', 'running', 'completed', 'failed', 'cancelled'))`,
    )

    this.addSql(`create table "task_executions" (
      "actor" text not null,
      "id" text not null,
      "tenant" text not null,
      "task_id" text not null,
      "status" text not null,
      "agent" text not null,
      "agent_actor" text null,
      "decision_id" text null,
      "started_at" timestamptz(3) null,
      "finished_at" timestamptz(3) null,
      "duration_ms" double precision null,
      "reason" text null,
      "input_tokens" bigint null,
      "output_tokens" bigint null,
      "cost_usd" double precision null,
      "llm_calls" bigint null,
      "tool_calls" bigint null,
      "partition" int not null,
      "seq" bigint not null,
      "index" int not null,
      primary key ("actor", "id")
    )`)
    this.addSql(`create index "task_executions_tenant_task_id_index" on "task_executions" ("tenant", "task_id")`)
    this.addSql(`create index "task_executions_tenant_status_started_at_index" on "task_executions" ("tenant", "status", "started_at")`)
    this.addSql(
      `alter table "task_executions" add constraint "task_executions_status_check" check ("status" in ('running', 'succeeded', 'failed'))`,
    )

    this.addSql(`create table "turns" (
      "actor" text not null,
      "turn" bigint not null,
      "tenant" text not null,
      "actor_type" text not null,
      "at" timestamptz(3) not null,
      "worker" text not null,
      "message" text not null,
      "event" text not null,
      "sender" text null,
      "correlation" text null,
      "trace" text null,
      "state" jsonb null,
      "emits" jsonb null,
      "failure" text null,
      "partition" int not null,
      "seq" bigint not null,
      "index" int not null,
      primary key ("actor", "turn")
    )`)
    this.addSql(`create index "turns_tenant_at_index" on "turns" ("tenant", "at")`)
    this.addSql(`create index "turns_correlation_index" on "turns" using hash ("correlation")`)
  }

  override down(): void {
    for (const table of tables) this.addSql(`drop table "${table}"`)
  }
}

const tables = [
  'agents',
  'audit',
  'dead_letters',
  'decisions',
  'effects',
  'llm_calls',
  'messages',
  'projection_offsets',
  'tasks',
  'task_executions',
  'turns',
]
