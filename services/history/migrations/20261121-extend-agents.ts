// Agents of the registry beside those of the roster: who owns them, what they can do, whether they are chosen from.
import { Migration } from '@mikro-orm/migrations'

export class ExtendAgents extends Migration {
  override name = '20261121_extend_agents'

  override up(): void {
    this.addSql(`alter table "agents" ${columns.map((column) => `add column ${column} null`).join(', ')}`)
    this.addSql(`alter table "agents" ${always.map((column) => `alter column "${column}" drop not null`).join(', ')}`)
    for (const [name, values] of checks)
      this.addSql(`alter table "agents" add constraint "agents_${name}_check" check ("${name}" in (${values}))`)
    // Rows of before: each is a kind of the roster that its coordinator chooses from.
    this.addSql(
      `update "agents" set "source" = 'roster', "status" = 'active', "kind" = "agent", "selectable" = true, "updated_at" = "registered_at"`,
    )
    for (const [name, definition] of indexes) this.addSql(`create index "agents_${name}_index" on "agents" ${definition}`)
  }

  override down(): void {
    for (const [name] of indexes) this.addSql(`drop index "agents_${name}_index"`)
    this.addSql(`delete from "agents" where ${always.map((column) => `"${column}" is null`).join(' or ')}`)
    this.addSql(`alter table "agents" ${always.map((column) => `alter column "${column}" set not null`).join(', ')}`)
    this.addSql(`alter table "agents" ${columns.map((column) => `drop column ${column.split(' ', 1)[0] ?? ''}`).join(', ')}`)
  }
}

const columns = [
  '"source" text',
  '"status" text',
  '"kind" text',
  '"skills" jsonb',
  '"models" jsonb',
  '"owner" text',
  '"cost_class" text',
  '"description" text',
  '"revision" bigint',
  '"selectable" boolean',
  '"why" text',
  '"updated_at" timestamptz(3)',
] as const

/** What every row had to have before. */
const always = ['version', 'task_types', 'capabilities', 'registered_at'] as const

const checks = [
  ['source', `'roster', 'registry'`],
  ['status', `'active', 'disabled', 'retired'`],
] as const

const indexes = [
  ['tenant_updated_at_agent', `("tenant", "updated_at", "agent")`],
  ['capabilities', `using gin ("capabilities")`],
  ['skills', `using gin ("skills")`],
  ['task_types', `using gin ("task_types")`],
] as const
