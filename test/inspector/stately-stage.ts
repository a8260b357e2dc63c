// What the tests of the bridge to Stately's inspector share: actors of a real worker, and the receivers of @statelyai/inspect.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect'
import { afterAll, beforeAll, onTestFinished, vi } from 'vitest'
import { assign, setup } from 'xstate'
import { connectTroupe, type TroupeClient } from '../../client/index.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import type { Ports } from '../../runtime/ports.ts'
import { chartOf } from '../../runtime/statechart/index.ts'
import { quietLogger } from '../../runtime/telemetry.ts'
import { startWorker } from '../../runtime/worker.ts'
import { configOf } from '../../services/stately/definition.ts'
import { Feed, feedLimits, type FeedLimits } from '../../services/stately/feed.ts'
import { parsePattern } from '../../services/cli/words.ts'
import { child, parent } from '../runtime/kernel/actors.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'

const safe = defineActor({
  name: 'safe',
  version: '1',
  machine: setup({
    types: {
      context: {} as { password: string; notes: readonly string[] },
      events: {} as { type: 'lock'; password: string } | { type: 'note'; text: string } | { type: 'break' },
    },
    actions: {
      keep: assign({ password: ({ context, event }) => (event.type === 'lock' ? event.password : context.password) }),
      write: assign({ notes: ({ context, event }) => (event.type === 'note' ? [...context.notes, event.text] : context.notes) }),
      breakDown: () => {
        throw new Error('the safe broke')
      },
    },
  }).createMachine({
    id: 'safe',
    context: { password: '', notes: [] },
    initial: 'open',
    states: {
      open: { on: { lock: { target: 'locked', actions: 'keep' }, note: { actions: 'write' }, break: { actions: 'breakDown' } } },
      locked: { type: 'final' },
    },
    output: ({ context }) => ({ notes: context.notes.length, password: context.password }),
  }),
})

/** For commands with --module. */
export const definitions = [parent, child, safe]

const namespace = 'stately'
const readyMs = 60_000

export interface Stage {
  readonly nats: NatsServer
  readonly natsUrl: string
  readonly namespace: string
  readonly client: TroupeClient
  readonly ports: Ports
  /** A feed of its own client, as the command has it. */
  feed(patterns: readonly string[], limits?: Partial<FeedLimits>): Promise<{ feed: Feed; notes: string[] }>
}

/** Called at the top of a file. */
export function stageForTests(): () => Stage {
  let stage: Stage | undefined
  const ending = new AsyncDisposableStack()
  beforeAll(async () => void (stage = await startStage(ending)), readyMs)
  afterAll(() => ending.disposeAsync(), readyMs)
  return () => {
    if (!stage) throw new Error('the stage is not up')
    return stage
  }
}

async function startStage(ending: AsyncDisposableStack): Promise<Stage> {
  const nats = await startNatsServer()
  ending.defer(() => nats.stop())
  const connection = await connectNats({ servers: nats.url, name: 'test' })
  ending.defer(() => connection.close())
  await createNamespace(connection, { namespace, partitions: 4 })
  const ports = await natsPorts(connection, namespace)
  const workerConnection = await connectNats({ servers: nats.url, name: 'worker' })
  ending.defer(() => workerConnection.close())
  const worker = await startWorker({ ports: await natsPorts(workerConnection, namespace), definitions, log: quietLogger })
  ending.defer(() => worker.drain())
  const client = await connectTroupe({ connection, namespace, tenant: 'main' })
  ending.defer(() => client.close())
  await vi.waitUntil(() => worker.owned.length === ports.partitions, { timeout: 20_000, interval: 20 })
  return {
    nats,
    natsUrl: nats.url,
    namespace,
    client,
    ports,
    feed: async (patterns, limits) => {
      const notes: string[] = []
      const feed = new Feed({
        client,
        patterns: patterns.map((text) => parsePattern(text, 'main', false)),
        limits: { ...feedLimits, ...limits },
        stored: () => storedIn(ports),
        settled: () => connection.flush(),
        definitionOf: (type) => {
          const found = definitions.find(({ name }) => name === type)
          return found && JSON.stringify(configOf(chartOf(found.machine)))
        },
        note: (line) => void notes.push(line),
      })
      onTestFinished(() => feed.stop())
      await feed.start()
      return { feed, notes }
    },
  }
}

async function* storedIn({ states, partitions }: Ports) {
  for (let partition = 0; partition < partitions; partition++) yield* states.list(partition)
}

/** All that a message may hold, for comparing. */
export type Received = StatelyInspectionEvent & {
  readonly name?: string
  readonly parentId?: string
  readonly sourceId?: string
  readonly definition?: string
  readonly event?: { readonly type: string }
  readonly snapshot?: { readonly status: string; readonly value: unknown; readonly context?: unknown; readonly output?: unknown }
}

export interface Receiver {
  readonly received: readonly Received[]
  /** Waits until something that fits has come. */
  until(fits: (one: Received) => boolean): Promise<Received>
}

/** The package's own receiver. */
export function receive(server: string): Receiver {
  const received: Received[] = []
  const subscription = createWebSocketReceiver({ server }).subscribe((one) => void received.push(one as Received))
  onTestFinished(() => subscription.unsubscribe())
  return { received, until: (fits) => vi.waitUntil(() => received.find(fits), { timeout: 15_000, interval: 10 }) }
}

/** One line a message: what it is, of whom, and the event or the state. */
export const linesOf = (received: readonly Received[]): readonly string[] =>
  received.map((one) => {
    const [what, who] = [one.type.slice('@xstate.'.length), one.sessionId]
    if (one.type === '@xstate.event') return `${what} ${who} ${one.event?.type}${one.sourceId === undefined ? '' : ` from ${one.sourceId}`}`
    return `${what} ${who} ${JSON.stringify(one.snapshot?.value)}${one.snapshot?.status === 'active' ? '' : ` ${one.snapshot?.status}`}`
  })

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
