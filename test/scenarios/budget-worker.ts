// A worker process for the budget scenario: conversations, their agents and the tenant's budgets, with a model that costs $0.017 a call.
// Standard output: a line when it runs.
import { setTimeout } from 'node:timers/promises'
import { agentActors } from '../../actors/agent-actors.ts'
import { budgetActor } from '../../actors/budget-actor.ts'
import { conversationActor } from '../../actors/conversation-actor.ts'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker } from '../../runtime/worker.ts'
import { spendingPorts } from '../support/spending-ports.ts'

const [url = '', namespace = ''] = process.argv.slice(2)
const { ports } = spendingPorts({ reserveUsd: 0.02, costUsd: () => 0.017, wait: (call) => setTimeout(200 + (call % 20) * 20) })
const agents = agentActors(ports)
const connection = await connectNats({ servers: url, name: 'budget scenario worker' })
const worker = await startWorker({
  ports: await natsPorts(connection, namespace),
  definitions: [budgetActor(ports), conversationActor(ports, agents), ...agents],
  options: { effectsMax: { default: 64, llm: 200, tools: 200 } },
})
process.stdout.write(`${worker.id}\n`)
