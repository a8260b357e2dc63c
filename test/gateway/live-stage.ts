// Live stage
// The live part of a gateway on a real message server, with one worker; and pages that listen to it.
import { once } from 'node:events'
import fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { assign, emit, setup } from 'xstate'
import { connectTroupe, type TroupeClient } from '../../client/index.ts'
import { reply } from '../../machines/authoring.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { quietLogger } from '../../runtime/telemetry.ts'
import { startWorker, type Worker } from '../../runtime/worker.ts'
import { localCaller } from '../../services/gateway/caller.ts'
import { addLive, type LiveSpec } from '../../services/gateway/live/index.ts'
import type { Guard } from '../../services/gateway/server.ts'
import { startNatsServer } from '../support/nats-server.ts'

type LampEvent = { type: 'add'; n: number } | { type: 'turn' } | { type: 'break' } | { type: 'fact'; fact: { type: string } }

const lampMachine = setup({
  types: { context: {} as { total: number; password: string }, events: {} as LampEvent, emitted: {} as { type: string } },
  actions: {
    add: assign({ total: ({ context, event }) => context.total + (event.type === 'add' ? event.n : 0) }),
    answer: reply(({ context }) => context.total),
    tell: emit(({ event }) => (event.type === 'fact' ? event.fact : { type: 'nothing' })),
    fail: () => {
      throw new Error('the bulb broke')
    },
  },
}).createMachine({
  id: 'lamp',
  context: { total: 0, password: 'swordfish' },
  initial: 'off',
  on: { add: { actions: ['add', 'answer'] }, break: { actions: 'fail' }, fact: { actions: 'tell' } },
  states: { off: { on: { turn: 'on' } }, on: { on: { turn: 'off' } } },
})

export const lamp = defineActor({ name: 'lamp', version: '1', machine: lampMachine })
/** The same machine under the names of actors that topics know. */
export const coordinator = defineActor({ name: 'coordinator', version: '1', machine: lampMachine })
export const task = defineActor({ name: 'task', version: '1', machine: lampMachine })

export const openGuard: Guard = { admit: () => Promise.resolve(localCaller), allow: () => {} }

export interface Stage {
  readonly client: TroupeClient
  readonly worker: Worker
  readonly namespace: string
  readonly natsUrl: string
  /** Another gateway, or the same after it ended. */
  gateway(spec?: Partial<Pick<LiveSpec, 'guard' | 'limits' | 'alerts'>> & { readonly port?: number }): Promise<Gateway>
  stop(): Promise<void>
}

export interface Gateway {
  readonly url: string
  readonly port: number
  readonly server: FastifyInstance
  close(): Promise<void>
}

export async function startStage(): Promise<Stage> {
  const nats = await startNatsServer()
  const namespace = 'live'
  const connection = await connectNats({ servers: nats.url, name: 'stage' })
  await createNamespace(connection, { namespace, partitions: 4 })
  const workerConnection = await connectNats({ servers: nats.url, name: 'worker' })
  const worker = await startWorker({ ports: await natsPorts(workerConnection, namespace), definitions: [lamp, coordinator, task] })
  const client = await connectTroupe({ connection, namespace, tenant: 'main' })
  await client.ask('main/lamp/first', { type: 'add', n: 0 })
  const ends: (() => Promise<unknown>)[] = []
  return {
    client,
    worker,
    namespace,
    natsUrl: nats.url,
    gateway: async ({ port = 0, guard = openGuard, alerts = () => Promise.resolve([]), limits = {} } = {}) => {
      const own = await connectNats({ servers: nats.url, name: 'gateway' })
      const gatewayClient = await connectTroupe({ connection: own, namespace })
      const server = fastify()
      server.setValidatorCompiler(validatorCompiler)
      server.setSerializerCompiler(serializerCompiler)
      const ports = await natsPorts(own, namespace)
      await addLive(server, { client: gatewayClient, ports, tenant: 'main', alerts, guard, log: quietLogger, limits })
      const url = await server.listen({ host: '127.0.0.1', port })
      let closed: Promise<void> | undefined
      const close = (): Promise<void> =>
        (closed ??= server
          .close()
          .then(() => gatewayClient.close())
          .then(() => own.close()))
      ends.push(close)
      return { url, port: Number(new URL(url).port), server, close }
    },
    stop: async () => {
      for (const end of ends) await end()
      await client.close()
      await worker.drain()
      await Promise.all([connection.close(), workerConnection.close()])
      await nats.stop()
    },
  }
}

export interface Frame {
  readonly t: number
  readonly topic: string
  readonly seq: number
  readonly rows: readonly Record<string, unknown>[]
  readonly events: readonly Record<string, unknown>[]
  readonly gap?: { readonly from: number; readonly to: number }
  readonly problem?: { readonly code: string; readonly detail: string }
  readonly alive?: boolean
}

export interface Page {
  readonly frames: readonly Frame[]
  say(message: object): void
  /** Resolves with the first frame, heard or to come, that is so. */
  until(is: (frame: Frame) => boolean): Promise<Frame>
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  close(): Promise<void>
}

export async function openPage({ url }: Pick<Gateway, 'url'>, protocols: readonly string[] = []): Promise<Page> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/live`, [...protocols])
  const frames: Frame[] = []
  const waiting: { readonly is: (frame: Frame) => boolean; readonly resolve: (frame: Frame) => void }[] = []
  const closed = Promise.withResolvers<{ code: number; reason: string }>()
  socket.addEventListener('close', ({ code, reason }) => closed.resolve({ code, reason }))
  socket.addEventListener('message', ({ data }) => {
    const frame: Frame = { rows: [], events: [], ...JSON.parse(String(data)) }
    frames.push(frame)
    for (const waits of waiting.splice(0)) (waits.is(frame) ? waits.resolve : () => waiting.push(waits))(frame)
  })
  await once(socket, 'open')
  return {
    frames,
    say: (message) => socket.send(JSON.stringify(message)),
    until: (is) => {
      const heard = frames.find(is)
      return heard ? Promise.resolve(heard) : new Promise((resolve) => waiting.push({ is, resolve }))
    },
    closed: closed.promise,
    close: async () => {
      socket.close()
      await closed.promise
    },
  }
}
