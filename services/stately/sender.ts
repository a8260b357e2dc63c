// Sender
// Sends the messages to a WebSocket server, as the WebSocket inspector of @statelyai/inspect does; unlike that one it comes again when the server goes away.
//
// T1. Every connection begins with every actor as it is now: nothing is kept while there is none.
// T2. A server that does not keep up is left, which is said, and come back to.
import { ReceiverUnreachable } from './errors.ts'
import type { Feed } from './feed.ts'

export interface SenderSpec {
  readonly feed: Pick<Feed, 'join'>
  readonly to: URL
  note(line: string): void
}

export interface Sender {
  close(): void
}

const openMsMax = 5_000
const againMs = 1_000
/** A server with more than this still to send is left (T2). */
const unsentBytesMax = 8 * 1024 * 1024

/** Rejects with ReceiverUnreachable when the server does not answer the first time. */
export async function openSender(spec: SenderSpec): Promise<Sender> {
  const stop = new AbortController()
  const first = await connect(spec.to)
  void keepSending(first, spec, stop.signal)
  return { close: () => stop.abort() }
}

async function keepSending(first: WebSocket, spec: SenderSpec, stop: AbortSignal): Promise<void> {
  let socket: WebSocket | undefined = first
  while (!stop.aborted) {
    if (socket) {
      await sendOn(socket, spec, stop)
      if (!stop.aborted)
        spec.note(`${named(spec.to)} has gone away: what happens meanwhile is not sent. It is tried again every ${againMs} ms.`)
    }
    await pause(againMs, stop)
    if (stop.aborted) return
    socket = await connect(spec.to).catch(() => undefined) // said when it went away
    if (socket) spec.note(`${named(spec.to)} is back, and was told how everything stands.`)
  }
}

/** Until the connection ends. */
async function sendOn(socket: WebSocket, { feed, note }: SenderSpec, stop: AbortSignal): Promise<void> {
  const ended = Promise.withResolvers<void>()
  socket.addEventListener('close', () => ended.resolve())
  const leave = feed.join((inspection) => {
    if (socket.readyState !== WebSocket.OPEN) return
    if (socket.bufferedAmount <= unsentBytesMax) return socket.send(JSON.stringify(inspection))
    note(`The server does not keep up: more than ${unsentBytesMax / 1024 / 1024} MiB waited for it.`) // T2
    socket.close()
  })
  const close = (): void => {
    socket.close()
    ended.resolve() // nobody waits for the farewell of the other side
  }
  stop.addEventListener('abort', close, { once: true })
  if (stop.aborted) close()
  await ended.promise
  leave()
  stop.removeEventListener('abort', close)
}

function connect(to: URL): Promise<WebSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>()
  const socket = new WebSocket(to)
  const fail = (why: string): void => {
    socket.close()
    reject(
      new ReceiverUnreachable(
        `connecting to ${named(to)}: ${why}; start its server first (\`createInspectorServer\` of @statelyai/inspect/server listens on port 8080), or correct --to`,
      ),
    )
  }
  const timer = setTimeout(() => fail(`no answer in ${openMsMax} ms`), openMsMax)
  socket.addEventListener('open', () => resolve(socket), { once: true })
  socket.addEventListener('error', () => fail('there is no WebSocket server that answers'), { once: true })
  return promise.finally(() => clearTimeout(timer))
}

/** What else an address holds may be a secret. */
const named = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    stop.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
