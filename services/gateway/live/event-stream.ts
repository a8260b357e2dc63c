// Event stream
// The same frames as server-sent events (WHATWG HTML, 9.2), for readers and proxies that take nothing but HTTP: `/v1/live/events?topic=…`.
//
// E1. The id of an event is a number of frames of all its topics: numbers are times, so a reader that comes back with it (Last-Event-ID) goes on from there.
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../caller.ts'
import { RequestInvalid, TooManyRequests } from '../errors.ts'
import type { Guard, Wanted } from '../server.ts'
import type { Hub } from './hub.ts'
import type { LiveLimits } from './limits.ts'
import { Session, type SessionSpec } from './session.ts'
import type { SocketSpec } from './socket.ts'

export interface StreamSpec {
  readonly hub: Hub
  readonly limits: LiveLimits
  readonly guard: Guard
  /** What its first topic needs. */
  readonly wanted: Wanted
  admit: SessionSpec['admit']
  enter: SocketSpec['enter']
  /** Streams that are open: each is ended when the gateway does. */
  readonly responses: Set<ServerResponse>
}

/** Throws what its topics throw, before anything is sent. */
export async function serveStream(
  request: FastifyRequest,
  reply: FastifyReply,
  spec: StreamSpec & { readonly caller: Caller },
): Promise<void> {
  const { hub, limits, caller, responses } = spec
  const { topic } = request.query as { readonly topic: readonly string[] } // its shape has been checked
  const since = sinceOf(request.headers['last-event-id'])
  for (const name of topic) spec.admit(caller, name)
  const leave = spec.enter(caller)
  const response = reply.raw
  const outlet = {
    send: (text: string, seq?: number) => void response.write(`${seq === undefined ? '' : `id: ${seq}\n`}data: ${text}\n\n`), // E1
    get unsent() {
      return response.writableLength
    },
  }
  reply.hijack()
  response.writeHead(200, {
    ...headersOf(reply),
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  })
  response.write(`retry: ${retryMs}\n\n`)
  const session = new Session({ id: request.id, hub, limits, outlet, admit: spec.admit }, caller, Date.now())
  responses.add(response)
  const timer = setInterval(() => void admitAgain(request, session, { ...spec, response }), limits.admitAgainMs)
  response.on('close', () => {
    clearInterval(timer)
    responses.delete(response)
    session.close()
    leave()
  })
  await Promise.all(topic.map((name) => session.subscribe(name, since).catch((error: unknown) => session.refuse(error, name))))
}

const retryMs = 2_000

async function admitAgain(
  request: FastifyRequest,
  session: Session,
  spec: StreamSpec & { readonly response: ServerResponse },
): Promise<void> {
  try {
    session.admitAgain(await spec.guard.admit(request, spec.wanted))
    if (session.topics.length === 0) spec.response.end()
  } catch (error) {
    if (error instanceof TooManyRequests) return // it is asked again later
    session.refuse(error)
    spec.response.end()
  }
}

function headersOf(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
}

function sinceOf(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined
  const since = Number(header)
  if (Number.isSafeInteger(since) && since >= 0) return since
  throw new RequestInvalid(`the header Last-Event-ID is '${String(header).slice(0, 40)}', not a number that a frame had`)
}
