// Live
// What happens now, pushed: a WebSocket at /v1/live, the same as an event stream at /v1/live/events. docs/gateway.md has the protocol.
//
// L1. A socket or stream belongs to a caller who was admitted; every topic asks for a right of its own.
// L2. When the server closes, every socket is told so and no source goes on.
import type { ServerResponse } from 'node:http'
import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { TroupeClient } from '../../../client/index.ts'
import type { Ports } from '../../../runtime/ports.ts'
import type { Logger } from '../../../runtime/telemetry.ts'
import { anonymousCaller, type Caller } from '../caller.ts'
import { TooManyRequests } from '../errors.ts'
import type { Guard } from '../server.ts'
import { actorSource, actorsSource, decisionsSource, taskSource } from './actor-sources.ts'
import { serveStream } from './event-stream.ts'
import { alertsSource, deadLettersSource, fleetSource, machineSource, type Alert } from './fleet-sources.ts'
import { Hub } from './hub.ts'
import { closes, liveLimits, type LiveLimits } from './limits.ts'
import { serveSocket, type WebSocketLike } from './socket.ts'
import { topicSpecOf, type TopicSpec } from './topic-name.ts'

export interface LiveSpec {
  readonly client: TroupeClient
  readonly ports: Ports
  /** Of tasks that are named without one, by callers of all tenants. */
  readonly tenant: string
  /** What there is to warn of now (alerts.ts). */
  alerts(tenant: string | undefined): Promise<readonly Alert[]>
  readonly guard: Guard
  readonly log: Logger
  readonly limits?: Partial<LiveLimits>
}

/** A page that offers its token as a subprotocol offers this one as well: one must be taken, and not the token. */
const protocol = 'troupe'
const closeMs = 500
const streamTopicsMax = 8

/** Frames repeat themselves: compressed they are a tenth. Only long ones are, and the windows are small, because each socket that gets a long one has a window of its own. */
const compression = {
  zlibDeflateOptions: { level: 3, memLevel: 4, windowBits: 12, chunkSize: 4_096 },
  clientNoContextTakeover: true,
}

export async function addLive(server: FastifyInstance, spec: LiveSpec): Promise<void> {
  const { client, ports, guard, log } = spec
  const limits = { ...liveLimits, ...spec.limits }
  const around = { client, ports, log, limits }
  const hub = new Hub(
    limits,
    {
      actor: actorSource(around),
      actors: actorsSource(around),
      task: taskSource(around),
      decisions: decisionsSource(around),
      fleet: fleetSource(around),
      machine: machineSource(around),
      'dead-letters': deadLettersSource(around),
      alerts: alertsSource(spec.alerts, around),
    },
    log,
  )
  const responses = new Set<ServerResponse>()
  const common = { hub, guard, limits, log, enter: counter(limits), admit: admission(guard, spec.tenant) }
  await server.register(websocket, {
    options: {
      maxPayload: limits.messageBytesMax,
      perMessageDeflate: compression,
      handleProtocols: (offered: ReadonlySet<string>) => offered.has(protocol) && protocol,
    },
    preClose: async function () {
      await endAll(server, responses)
      await hub.close() // L2
    },
  })
  server.get('/v1/live', { websocket: true }, (socket: WebSocketLike, request) => {
    serveSocket(socket, request, common)
  })
  const callers = new WeakMap<FastifyRequest, { readonly caller: Caller; readonly wanted: TopicSpec['wanted'] }>()
  server.get('/v1/live/events', {
    schema: streamSchema,
    preHandler: async (request) => void callers.set(request, await admitStream(request, guard)),
    handler: async (request, reply) => {
      const admitted = callers.get(request)
      if (!admitted) throw new Error(`${request.url} ran without a caller`)
      await serveStream(request, reply, { ...common, ...admitted, responses })
    },
  })
}

const streamSchema = {
  summary: 'Live frames as server-sent events',
  description:
    'Each event is a frame: {t, topic, seq, rows, events, gap?}. Topics: fleet, machine/<type>, actors, actor/<id>, task/<id>, decisions, dead-letters, alerts. The same, with topics that come and go, is the WebSocket at /v1/live.',
  tags: ['live'],
  produces: ['text/event-stream'],
  querystring: z.object({
    topic: z
      .union([z.string(), z.array(z.string())])
      .transform((given) => [...new Set([given].flat())])
      .pipe(z.array(z.string().min(1)).min(1).max(streamTopicsMax))
      .describe('One or more'),
  }),
}

/** The right of its first topic lets a stream in; every topic is checked before anything is sent. */
async function admitStream(request: FastifyRequest, guard: Guard) {
  const { topic } = request.query as { readonly topic: readonly string[] } // its shape has been checked
  const { wanted } = topicSpecOf(topic[0] ?? '', { ...anonymousCaller, tenant: '*' }, 'any')
  return { wanted, caller: await guard.admit(request, wanted) }
}

/** L1 */
const admission =
  (guard: Guard, tenant: string) =>
  (caller: Caller, name: string): TopicSpec => {
    const spec = topicSpecOf(name, caller, tenant)
    guard.allow(caller, spec.wanted, spec.actor)
    return spec
  }

function counter(limits: LiveLimits) {
  const byCaller = new Map<string, number>()
  let all = 0
  return (caller: Caller): (() => void) => {
    const name = `${caller.via} ${caller.tenant} ${caller.id}`
    const own = byCaller.get(name) ?? 0
    if (own >= limits.socketsPerCallerMax) throw new TooManyRequests(`${caller.id} has ${own} live connections; close one first`)
    if (all >= limits.socketsMax) throw new TooManyRequests(`this gateway has ${all} live connections; try again later`)
    all++
    byCaller.set(name, own + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      all--
      const rest = (byCaller.get(name) ?? 1) - 1
      if (rest > 0) byCaller.set(name, rest)
      else byCaller.delete(name)
    }
  }
}

async function endAll(server: FastifyInstance, responses: ReadonlySet<ServerResponse>): Promise<void> {
  for (const response of responses) response.end()
  const sockets = server.websocketServer.clients as ReadonlySet<WebSocketLike>
  for (const socket of sockets) socket.close(closes.goingAway, 'the gateway ends')
  await new Promise<void>((resolve) => {
    const until = performance.now() + closeMs
    const look = (): void => {
      if (sockets.size === 0 || performance.now() > until) resolve()
      else setTimeout(look, 20)
    }
    look()
  })
  for (const socket of sockets) socket.terminate()
  server.websocketServer.close()
}
