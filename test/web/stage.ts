// Stage
// What `npm run test:web` looks at: one system for all its files, with a task that waits for a person and messages that died.
import type { TestProject } from 'vitest/node'
import { connectNats, natsPorts } from '../../runtime/nats/index.ts'
import { orderPause } from '../../runtime/orders.ts'
import { actorPath, gatewayAt, type Gateway, type Rows } from './gateway.ts'
import { findChromium, startSystem, type System } from './system.ts'

/** What a test is told of it. */
export interface Stage extends Omit<System, 'stop'> {
  readonly chromium: string
  readonly waitingTask: string
  /** An actor and its fork, which went another way. */
  readonly compared: { readonly original: string; readonly fork: string }
}

declare module 'vitest' {
  export interface ProvidedContext {
    stage: Stage
  }
}

const tasksMax = 6
const startMsMax = 120_000
const askEveryMs = 200
/** More than the alert of rising dead letters needs. */
const badMessages = 5
const waitingTask = 'asks-a-person'
const forkedAt = 3

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const chromium = findChromium()
  const { stop, ...system } = await startSystem({ tasksMax })
  try {
    const gateway = gatewayAt(system.url)
    await prepare(gateway, system.nats)
    const compared = await makeFork(gateway)
    project.provide('stage', { ...system, chromium, waitingTask, compared })
  } catch (error) {
    await stop()
    throw error
  }
  return stop
}

/** Something for every page: the job's tasks and decisions are there. */
async function prepare(gateway: Gateway, nats: string): Promise<void> {
  await gateway.post('/tasks', {
    id: waitingTask,
    taskType: 'question',
    prompt: 'May an agent answer this?',
    root: '/docs',
    collection: 'docs',
    escalate: { always: true },
  })
  const connection = await connectNats({ servers: nats, name: 'test:web' })
  for (let n = 0; n < badMessages; n++) connection.publish('troupe.send.main.task.unfit', JSON.stringify({ type: 'task.unheardOf', n }))
  const { orders } = await natsPorts(connection, 'troupe')
  await orders.change(orderPause('resting', { at: Date.now(), by: 'test:web', cause: 'an alert that lasts as long as the tests' }))
  await connection.drain()
  await until(async () => {
    const [letters, waiting, tasks] = await Promise.all([
      gateway.get<Rows>('/dead-letters?limit=50'),
      gateway.get<Rows>('/approvals'),
      gateway.get<Rows>('/tasks?status=completed'),
    ])
    return letters.rows.length >= badMessages && waiting.rows.length > 0 && tasks.rows.length >= tasksMax
  }, 'dead letters, a waiting task and the tasks of the job in the history')
}

/** A schedule, and what had become of it had it been deleted in place of paused. */
async function makeFork(gateway: Gateway): Promise<Stage['compared']> {
  const original = 'main/schedule/original'
  const when = { everyMs: 36_000_000 }
  const send = (actor: string, event: object): Promise<unknown> => gateway.post(`${actorPath(actor)}/events`, { event })
  await send(original, { type: 'schedule.set', target: 'main/conversation/nobody', event: { type: 'conversation.read' }, when })
  for (const type of ['schedule.pause', 'schedule.resume', 'schedule.describe']) await send(original, { type })
  const lastOf = async (actor: string): Promise<number> =>
    (await gateway.get<{ readonly last: number }>(`${actorPath(actor)}/history`).catch(() => ({ last: 0 }))).last
  await until(async () => (await lastOf(original)) >= forkedAt, `the history of ${original}`)
  const { fork } = await gateway.post<{ readonly fork: string }>(`${actorPath(original)}/fork`, { turn: forkedAt, unrecorded: 'real' })
  await send(fork, { type: 'schedule.delete' })
  await until(async () => (await lastOf(fork)) >= 2, `the history of ${fork}`)
  return { original, fork }
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + startMsMax
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
  }
}
