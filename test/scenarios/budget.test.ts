// 200 agents that spend one dollar at once, on a real nats-server and two worker processes, one of which is killed meanwhile.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { connectTroupe, type TroupeClient } from '../../client/index.ts'
import type { BudgetsRead } from '../../machines/budget.ts'
import { connectNats, createNamespace } from '../../runtime/nats/index.ts'
import { startNatsServer } from '../support/nats-server.ts'

const namespace = 'budget'
const entry = fileURLToPath(new URL('budget-worker.ts', import.meta.url))
const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function startWorkerProcess(url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [entry, url, namespace], { stdio: ['ignore', 'pipe', 'inherit'] })
  ends.push(() => kill(child))
  const [first] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  expect(first, 'the worker ended before it ran').toBeInstanceOf(Buffer)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

async function startScenario() {
  const server = await startNatsServer()
  ends.push(() => server.stop())
  const connection = await connectNats({ servers: server.url, name: 'scenario' })
  ends.push(() => connection.close())
  await createNamespace(connection, { namespace, partitions: 8 })
  const workers = [await startWorkerProcess(server.url), await startWorkerProcess(server.url)]
  const client = await connectTroupe({ servers: server.url, namespace, tenant: 'acme' })
  ends.push(() => client.close())
  return { server, workers, client }
}

const budgets = { type: 'budget', key: 'main' }
const agents = 200
const deadlineMs = 20_000

async function tenantBudget(client: TroupeClient) {
  const { budgets: all, open } = await client.ask<BudgetsRead>(budgets, { type: 'budget.read' }, { deadlineMs })
  return { budget: all.find(({ scope, per }) => scope === 'tenant' && per === 'day'), open }
}

/** How many conversations were answered, and how many agents are paused. */
async function countEnds(client: TroupeClient) {
  const all = await Promise.all(
    Array.from({ length: agents }, (_, key) =>
      client.ask<{ said: readonly unknown[]; step: string }>(
        { type: 'conversation', key: `c${key}` },
        { type: 'conversation.read' },
        { deadlineMs },
      ),
    ),
  )
  const answered = all.filter(({ said }) => said.length === 2).length
  const paused = all.filter(({ step }) => step === 'budget of tenant per day used up').length
  return { answered, paused }
}

test.each([
  ['both workers live', false],
  ['one worker is killed', true],
])('200 agents at once on a budget of one dollar spend no more than it, while %s', { timeout: 90_000 }, async (_how, killed) => {
  const { server, workers, client } = await startScenario()
  await client.ask(budgets, { type: 'budget.set', scope: 'tenant', per: 'day', usd: 1 }, { deadlineMs })
  const message = { type: 'message.add', text: 'Why?', root: '/docs', collection: 'docs' }
  const sent = Array.from({ length: agents }, (_, key) => client.send({ type: 'conversation', key: `c${key}` }, message))
  await Promise.all(sent)
  const [first] = workers
  if (killed && first) {
    await expect.poll(async () => (await tenantBudget(client)).open, { timeout: deadlineMs }).toBeGreaterThan(0)
    await kill(first)
    await startWorkerProcess(server.url)
  }
  const isOver = async () => {
    const { answered, paused } = await countEnds(client)
    return answered + paused
  }
  await expect.poll(isOver, { timeout: 60_000, interval: 500 }).toBe(agents)
  await expect.poll(async () => (await tenantBudget(client)).open, { timeout: deadlineMs }).toBe(0)
  const { answered, paused } = await countEnds(client)
  const { budget } = await tenantBudget(client)
  expect(budget).toMatchObject({ limitUsd: 1, reservedUsd: 0 })
  expect(budget?.spentUsd).toBeCloseTo(answered * 0.017, 9)
  expect(budget?.spentUsd).toBeLessThanOrEqual(1)
  expect(answered).toBeGreaterThanOrEqual(50)
  expect(paused).toBe(agents - answered)
})
