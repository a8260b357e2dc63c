import { expect, test } from 'vitest'
import { agentActors } from '../../actors/agent-actors.ts'
import { budgetActor } from '../../actors/budget-actor.ts'
import { conversationActor } from '../../actors/conversation-actor.ts'
import type { ActorPorts } from '../../actors/ports.ts'
import type { BudgetsRead, BudgetView } from '../../machines/budget.ts'
import type { ActorEvent } from '../../machines/message.ts'
import { dice } from '../../runtime/testing/dice.ts'
import { startFleet } from '../support/fleet.ts'
import { spendingPorts, type SpendingSpec } from '../support/spending-ports.ts'

// Real agents on the kernel, in memory, with a model that costs money.
const definitionsOf = (ports: ActorPorts) => {
  const agents = agentActors(ports)
  return [budgetActor(ports), conversationActor(ports, agents), ...agents]
}
type Fleet = Awaited<ReturnType<typeof startFleet>>

const valueOf = async (fleet: Fleet, actor: string, event: ActorEvent): Promise<unknown> => {
  const reply = await fleet.ask(actor, event)
  return reply.ok ? reply.value : reply.error
}
const budgetOf = async (fleet: Fleet, per = 'day'): Promise<BudgetView | undefined> => {
  const { budgets } = (await valueOf(fleet, 'acme/budget/main', { type: 'budget.read' })) as BudgetsRead
  return budgets.find((budget) => budget.scope === 'tenant' && budget.per === per)
}
const say = (text = 'Why?') => ({ type: 'message.add', text, root: '/docs', collection: 'docs' })

async function startSpending(spec: Pick<SpendingSpec, 'reserveUsd' | 'costUsd'>, workers = 2) {
  const chance = dice(7)
  const holder: { fleet?: Fleet } = {}
  const wait = (): Promise<void> => new Promise((resolve) => void holder.fleet?.clock.after(chance.between(50, 4_000), resolve))
  const { ports, paid } = spendingPorts({ ...spec, wait })
  const definitions = definitionsOf(ports)
  const fleet = await startFleet({ definitions, workers, partitions: 8, options: { effectsMax: { default: 64, llm: 200, tools: 200 } } })
  holder.fleet = fleet
  return { fleet, paid }
}

const count = 200

test('200 agents that call at once do not spend past a budget of $1, as they do where spend is checked before and counted after', async () => {
  const chance = dice(11)
  const { fleet, paid } = await startSpending({ reserveUsd: 0.02, costUsd: () => chance.between(0, 20_000) / 1e6 })
  await valueOf(fleet, 'acme/budget/main', { type: 'budget.set', scope: 'tenant', per: 'day', usd: 1 })
  for (let key = 0; key < count; key++) fleet.send(`acme/conversation/c${key}`, say())
  await fleet.settle()
  await fleet.advance(20_000)
  const budget = await budgetOf(fleet)
  expect(paid.atOnce).toBe(50) // 50 reservations of $0.02 are the whole dollar
  expect(paid.usd).toBeLessThanOrEqual(1)
  expect(budget).toMatchObject({ limitUsd: 1, reservedUsd: 0 })
  expect(budget?.spentUsd).toBeCloseTo(paid.usd, 9)
  const facts = (await fleet.entries()).flatMap(({ emits }) => emits ?? [])
  const refusals = facts.filter(({ type }) => type === 'budget.exceeded').length
  expect(refusals).toBe(count - paid.calls) // everybody else is paused, and says so
  await fleet.stop()
})

test('agents whose calls cost a fifth more than they reserved overspend by that fifth: one reservation of five', async () => {
  const { fleet, paid } = await startSpending({ reserveUsd: 0.2, costUsd: () => 0.24 })
  await valueOf(fleet, 'acme/budget/main', { type: 'budget.set', scope: 'tenant', per: 'day', usd: 1 })
  for (let key = 0; key < count; key++) fleet.send(`acme/conversation/c${key}`, say())
  await fleet.settle()
  await fleet.advance(20_000)
  expect(paid.calls).toBe(5)
  expect(await budgetOf(fleet)).toMatchObject({ spentUsd: 1.2, reservedUsd: 0, leftUsd: -0.2 })
  await fleet.stop()
})

test('after a reset the count that is shown is the one that is enforced: paused agents go on by it, and stop by it', async () => {
  const { fleet, paid } = await startSpending({ reserveUsd: 0.5, costUsd: () => 0.5 })
  await valueOf(fleet, 'acme/budget/main', { type: 'budget.set', scope: 'tenant', per: 'day', usd: 1 })
  for (let key = 0; key < 6; key++) fleet.send(`acme/conversation/c${key}`, say())
  await fleet.settle()
  await fleet.advance(20_000)
  expect(await budgetOf(fleet)).toMatchObject({ spentUsd: 1, reservedUsd: 0, leftUsd: 0 })
  await valueOf(fleet, 'acme/budget/main', { type: 'budget.reset', scope: 'tenant', per: 'day' })
  expect(await budgetOf(fleet)).toMatchObject({ spentUsd: 0, reservedUsd: 0, leftUsd: 1 })
  const { states } = await fleet.truth()
  const paused = [...states].flatMap(([actor, known]) => (known.at(-1)?.value === 'paused' ? [actor] : []))
  expect(paused).toHaveLength(4)
  for (const actor of paused) fleet.send(actor, { type: 'budget.add', usd: 0, tokens: 0 })
  await fleet.settle()
  await fleet.advance(20_000)
  expect(await budgetOf(fleet)).toMatchObject({ spentUsd: 1, reservedUsd: 0, leftUsd: 0 })
  expect(await budgetOf(fleet, 'total')).toMatchObject({ spentUsd: 2 })
  expect(paid).toMatchObject({ usd: 2, calls: 4 })
  await fleet.stop()
})

test('a worker that dies while calls are under way loses none of what they cost', async () => {
  const chance = dice(5)
  const { fleet } = await startSpending({ reserveUsd: 0.02, costUsd: () => chance.between(1, 20_000) / 1e6 }, 3)
  await valueOf(fleet, 'acme/budget/main', { type: 'budget.set', scope: 'tenant', per: 'day', usd: 1 })
  for (let round = 0; round < 4; round++) {
    for (let key = 0; key < 30; key++) fleet.send(`acme/conversation/c${round}-${key}`, say())
    await fleet.advance(300 * round)
    const [worker] = fleet.workers
    if (worker) await fleet.crash(worker)
    await fleet.addWorker()
  }
  await fleet.clock.advanceUntil(() => fleet.owned() === 8, 20_000)
  await fleet.advance(30_000)
  await fleet.settle()
  const facts = (await fleet.entries()).flatMap(({ emits }) => emits ?? [])
  const told = facts.flatMap((fact) => (fact.type === 'llm.called' ? [Number(fact['costUsd'])] : []))
  const budget = await budgetOf(fleet)
  expect(told.length).toBeGreaterThan(40)
  expect(budget).toMatchObject({ reservedUsd: 0 })
  expect(budget?.spentUsd).toBeCloseTo(
    told.reduce((sum, usd) => sum + usd, 0),
    9,
  )
  expect(budget?.spentUsd).toBeLessThanOrEqual(1)
  await fleet.stop()
})
