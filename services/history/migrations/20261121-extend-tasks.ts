// What tasks are asked for beside a prompt, what a person was asked, the steps of a plan, and what was expected of each execution.
import { Migration } from '@mikro-orm/migrations'

export class ExtendTasks extends Migration {
  override name = '20261121_extend_tasks'

  override up(): void {
    this.addSql(`alter table "tasks" drop constraint "tasks_status_check"`)
    this.addSql(`alter table "tasks" ${ofTasks.map((column) => `add column ${column} null`).join(', ')}`)
    this.addSql(statusCheck("'pending', 'running', 'waiting', 'completed', 'failed', 'cancelled'"))
    this.addSql(`create index "tasks_tenant_parent_index" on "tasks" ("tenant", "parent")`)
    this.addSql(`alter table "task_executions" ${ofExecutions.map((column) => `add column ${column} null`).join(', ')}`)
  }

  override down(): void {
    this.addSql(`alter table "task_executions" ${ofExecutions.map(dropped).join(', ')}`)
    this.addSql(`drop index "tasks_tenant_parent_index"`)
    this.addSql(`alter table "tasks" drop constraint "tasks_status_check"`)
    this.addSql(`update "tasks" set "status" = 'running' where "status" = 'waiting'`)
    this.addSql(`alter table "tasks" ${ofTasks.map(dropped).join(', ')}`)
    this.addSql(statusCheck("'pending', 'running', 'completed', 'failed', 'cancelled'"))
  }
}

const ofTasks = [
  '"parent" text',
  '"priority" int',
  '"team" text',
  '"escalated" text',
  '"escalated_at" timestamptz(3)',
  '"steps" jsonb',
  '"code" text',
] as const
const ofExecutions = ['"model" text', '"why" text', '"predicted" jsonb'] as const

const dropped = (column: string): string => `drop column ${column.split(' ', 1)[0] ?? ''}`
const statusCheck = (statuses: string): string =>
  `alter table "tasks" add constraint "tasks_status_check" check ("status" in (${statuses}))`
