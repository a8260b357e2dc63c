// Bridge
// A small server on this machine: the page that holds Stately's inspector, and at the same address the WebSocket that receivers of @statelyai/inspect connect to.
//
// B1. Only this machine reaches it, and in a browser only its own page: a page elsewhere could otherwise read what actors know.
// B2. A listener that does not keep up is closed, which is said; when it comes again it is told how everything stands.
import { setTimeout as delay } from 'node:timers/promises'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { bridgeHtml, bridgeScript, bridgeStyle } from './bridge-page.ts'
import { BridgeNotOpened } from './errors.ts'
import type { Feed } from './feed.ts'

export interface BridgeSpec {
  readonly feed: Pick<Feed, 'join'>
  /** 0: a free one. */
  readonly port: number
  /** The address of Stately's inspector. */
  readonly inspector: URL
  note(line: string): void
}

export interface Bridge {
  readonly url: string
  close(): Promise<void>
}

const host = '127.0.0.1'
const listenersMax = 16
/** A listener with more than this still to send is closed (B2). */
const unsentBytesMax = 8 * 1024 * 1024
/** What listeners say is not read. */
const heardBytesMax = 1_024
const refused = { gone: 1001, busy: 1013 }
const farewellMs = 100

/** The part of `ws` that is used: the package brings no types. */
interface Socket {
  readonly bufferedAmount: number
  readonly readyState: number
  send(text: string): void
  close(code: number, reason: string): void
  terminate(): void
  on(event: 'close' | 'error', heard: () => void): void
}

const open = 1

/** Throws BridgeNotOpened. */
export async function openBridge(spec: BridgeSpec): Promise<Bridge> {
  const server = fastify({ forceCloseConnections: true })
  await server.register(websocket, { options: { maxPayload: heardBytesMax }, preClose: async () => endAll(server) })
  server.addHook('onRequest', async (request, reply) => {
    if (!isOwn(request)) return reply.code(403).send({ error: 'this bridge answers to its own page, and to programs of this machine' }) // B1
  })
  addPage(server, spec.inspector)
  let listeners = 0
  server.route({
    method: 'GET',
    url: '/',
    handler: (_request, reply) => sendPart(reply, 'text/html', bridgeHtml(spec.inspector)),
    wsHandler: (socket: Socket) => {
      if (listeners >= listenersMax) return socket.close(refused.busy, `${listenersMax} listen already`)
      listeners++
      socket.on('close', () => listeners--)
      serve(socket, spec)
    },
  })
  try {
    return { url: await server.listen({ host, port: spec.port }), close: () => server.close() }
  } catch (cause) {
    await server.close()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BridgeNotOpened(`opening the bridge on ${host}:${spec.port}: ${why}; name another port with --port, or 0 for a free one`, {
      cause,
    })
  }
}

function serve(socket: Socket, { feed, note }: BridgeSpec): void {
  const leave = feed.join((inspection) => {
    if (socket.readyState !== open) return
    if (socket.bufferedAmount <= unsentBytesMax) return socket.send(JSON.stringify(inspection))
    note(`A listener does not keep up and was closed: more than ${unsentBytesMax / 1024 / 1024} MiB waited for it.`) // B2
    socket.close(refused.busy, 'too slow')
  })
  socket.on('close', leave)
  socket.on('error', () => {}) // its close comes after it
}

/** Nobody waits for the farewells of the others. */
async function endAll({ websocketServer }: FastifyInstance): Promise<void> {
  for (const socket of websocketServer.clients) socket.close(refused.gone, 'the command has ended')
  await delay(farewellMs)
  for (const socket of websocketServer.clients) socket.terminate()
  websocketServer.close()
}

/** B1. A name that somebody else has pointed at this machine is not its own. */
function isOwn({ headers }: FastifyRequest): boolean {
  const { host: named = '', origin } = headers
  const isHere = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(named)
  return isHere && (origin === undefined || origin === `http://${named}`)
}

function addPage(server: FastifyInstance, inspector: URL): void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    `frame-src ${inspector.origin} ${inspector.protocol}//*.${inspector.host}`, // where it may lead to
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  server.addHook('onSend', async (_request, reply) => {
    void reply.headers({ 'content-security-policy': policy, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
  })
  server.get('/bridge.js', (_request, reply) => sendPart(reply, 'text/javascript', bridgeScript))
  server.get('/bridge.css', (_request, reply) => sendPart(reply, 'text/css', bridgeStyle))
}

const sendPart = (reply: FastifyReply, type: string, text: string): FastifyReply => reply.type(`${type}; charset=utf-8`).send(text)
