// Read decisions
// What the coordinators of a tenant said about outcomes, from the tables: for whoever makes the model again when the log's beginning is gone.
import type { InferEntity, MikroORM } from '@mikro-orm/postgresql'
import type { ActorEvent } from '../../machines/message.ts'
import type { CoordinatorFact } from '../../machines/task-events.ts'
import { Decision } from './entities/decision.ts'
import { Turn } from './entities/turn.ts'

export interface ToldFact {
  /** The coordinator: `main` or a shard. */
  readonly key: string
  readonly fact: CoordinatorFact
}

const pageRows = 5_000

/** Settled outcomes and what the root noticed or was told, of each coordinator in its order. */
export async function* coordinatorFacts(orm: MikroORM, tenant: string): AsyncGenerator<ToldFact> {
  yield* settledFacts(orm, tenant)
  yield* rootFacts(orm, tenant)
}

/** By actor and id: outcomes are numbered, so their order here does not matter. */
async function* settledFacts(orm: MikroORM, tenant: string): AsyncGenerator<ToldFact> {
  const em = orm.em.fork()
  for (let after: { readonly actor: string; readonly id: string } | undefined; ;) {
    const beyond = after && { $or: [{ actor: { $gt: after.actor } }, { actor: after.actor, id: { $gt: after.id } }] }
    const where = { tenant, settledAt: { $ne: null }, ...beyond }
    const rows = await em.find(Decision, where, { orderBy: [{ actor: 'asc' }, { id: 'asc' }], limit: pageRows, disableIdentityMap: true })
    for (const row of rows) {
      const key = row.actor.slice(row.actor.lastIndexOf('/') + 1)
      yield { key, fact: settledFact(row) }
    }
    const last = rows.at(-1)
    if (!last || rows.length < pageRows) return
    after = { actor: last.actor, id: last.id }
  }
}

function settledFact(row: InferEntity<typeof Decision>): CoordinatorFact {
  const { id, taskId, outcome, chosen, taskType, features, reward, ok, quality, costUsd, latencyMs, predicted, raw, settledAt } = row
  return {
    type: 'decision.settled',
    decisionId: id,
    taskId,
    n: figure(outcome) ?? 0,
    arm: chosen ?? '',
    taskType: taskType ?? '',
    ...(typeof features === 'object' && features !== null && { features: features as Readonly<Record<string, number>> }), // as its fact had them
    reward: figure(reward) ?? 0,
    ok: ok ?? false,
    ...(typeof quality === 'number' && { quality }),
    ...(typeof costUsd === 'number' && { costUsd }),
    ...(typeof latencyMs === 'number' && { latencyMs }),
    predicted: figure(predicted) ?? 0,
    ...(typeof raw === 'number' && { raw }),
    at: settledAt?.getTime() ?? 0,
  }
}

/** What no table is made of stays among the emits of its turn. */
async function* rootFacts(orm: MikroORM, tenant: string): AsyncGenerator<ToldFact> {
  const actor = `${tenant}/coordinator/main`
  const em = orm.em.fork()
  for (let turn = 0; ;) {
    const rows = await em.find(
      Turn,
      { actor, turn: { $gt: turn }, emits: { $ne: null } },
      { orderBy: { turn: 'asc' }, limit: pageRows, fields: ['turn', 'emits'], disableIdentityMap: true },
    )
    yield* rows.flatMap(({ emits }) => eventsOf(emits).flatMap(rootFact))
    const last = rows.at(-1)
    if (!last || rows.length < pageRows) return
    turn = last.turn
  }
}

const figure = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
const eventsOf = (emits: unknown): readonly ActorEvent[] => (Array.isArray(emits) ? (emits as readonly ActorEvent[]) : [])

function rootFact(event: ActorEvent): readonly ToldFact[] {
  if (event.type !== 'model.changed' && event.type !== 'policies.set') return []
  return [{ key: 'main', fact: event as unknown as CoordinatorFact }] // the root's own, as it emitted it
}
