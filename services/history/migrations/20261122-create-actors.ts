// Actors as their last turns left them, so that a list of them is no walk over all turns; and the model calls of one actor.
import { Migration } from '@mikro-orm/migrations'

export class CreateActors extends Migration {
  override name = '20261122_create_actors'

  override up(): void {
    this.addSql(`create table "actors" (
      "actor" text not null,
      "tenant" text not null,
      "actor_type" text not null,
      "state" jsonb null,
      "status" text null,
      "held" boolean null,
      "turn" bigint not null,
      "event" text not null,
      "at" timestamptz(3) not null,
      "partition" int not null,
      "seq" bigint not null,
      "index" int not null,
      primary key ("actor")
    )`)
    for (const [name, columns] of indexes) this.addSql(`create index "actors_${name}_index" on "actors" (${columns})`)
    this.addSql(`create index "actors_held_index" on "actors" ("actor") where held`)
    // The actors of before. What their turns say of a status is in the log only.
    this.addSql(`insert into "actors" ("actor", "tenant", "actor_type", "state", "turn", "event", "at", "partition", "seq", "index")
      select distinct on ("actor") "actor", "tenant", "actor_type", "state", "turn", "event", "at", "partition", "seq", "index"
      from "turns" order by "actor", "turn" desc`)
    this.addSql(`create index "llm_calls_actor_at_index" on "llm_calls" ("actor", "at")`)
  }

  override down(): void {
    this.addSql(`drop index "llm_calls_actor_at_index"`)
    this.addSql(`drop table "actors"`)
  }
}

const indexes = [
  ['tenant_actor', '"tenant", "actor"'],
  ['actor_type_actor', '"actor_type", "actor"'],
  ['status_actor', '"status", "actor"'],
] as const
