// Proxy
// A TCP line between one worker and its server that can be cut, slowed, or go silent.
//
// X1. `silent` is a broken network, not a broken connection: nobody sees a FIN, nothing arrives, and what was sent arrives when the line is whole again.
// X2. Bytes are never lost or reordered inside a connection, as TCP promises; a cut ends the connection.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export type LineState = 'whole' | 'cut' | 'silent' | 'deaf'

export interface Proxy {
  readonly url: string
  /** `cut`: every connection is ended and none is taken. `silent`: nothing passes either way (X1). `deaf`: nothing passes to the worker. */
  set(state: LineState): void
  /** Every byte from now on takes this much longer, each way. */
  delay(ms: number): void
  close(): Promise<void>
}

interface Way {
  readonly from: Socket
  readonly to: Socket
  readonly direction: 'up' | 'down'
  /** What is still under way: later bytes wait for it (X2). */
  travelling: Promise<void>
}

/** `target`: where the bytes go, asked anew for every connection. */
export async function startProxy(target: () => string): Promise<Proxy> {
  const ways = new Set<Way>()
  let state: LineState = 'whole'
  let delayMs = 0
  const flows = ({ direction }: Way): boolean => state === 'whole' || (state === 'deaf' && direction === 'up')
  const apply = (way: Way): void => void (flows(way) ? way.from.resume() : way.from.pause())

  const open = (way: Way): void => {
    const { from, to } = way
    ways.add(way)
    from.on('data', (bytes) => {
      const dueAt = performance.now() + delayMs
      way.travelling = way.travelling.then(async () => {
        const waitMs = dueAt - performance.now()
        if (waitMs > 0) await wait(waitMs)
        if (to.writable && !to.write(bytes)) from.pause()
      })
    })
    to.on('drain', () => apply(way))
    from.on('error', () => {}) // a broken line is what the run wants
    from.on('close', () => {
      ways.delete(way)
      to.destroy()
    })
    apply(way)
  }
  const server = createServer((near) => {
    if (state === 'cut') return void near.destroy()
    const { hostname, port } = new URL(target())
    const far = connect({ host: hostname, port: Number(port) })
    near.setNoDelay(true)
    far.setNoDelay(true)
    open({ from: near, to: far, direction: 'up', travelling: Promise.resolve() })
    open({ from: far, to: near, direction: 'down', travelling: Promise.resolve() })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const endAll = (): void => {
    for (const { from } of ways) from.destroy()
  }
  const url = new URL(target())
  url.host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  return {
    url: url.href,
    set(next) {
      state = next
      if (next === 'cut') endAll()
      else for (const way of ways) apply(way)
    },
    delay(ms) {
      delayMs = ms
    },
    async close() {
      server.close()
      endAll()
      await once(server, 'close')
    },
  }
}
