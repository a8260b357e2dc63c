// The processes around the measurement of the inspector: gateway, tabs, and what counts the bytes between them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface GatewayFigures {
  readonly cpuUs: number
  readonly rssMb: number
  readonly sockets: number
}

export interface TabFigures {
  readonly seconds: number
  readonly frames: number
  readonly characters: number
  readonly rows: number
  readonly events: number
  readonly gaps: number
  readonly behindMs: readonly (number | null)[]
  readonly eventsBehindMs: readonly (number | null)[]
}

const answerLimitMs = 120_000

/** A child that answers each line with a line. */
async function startChild(file: string, order: object, flags: readonly string[] = []) {
  const entry = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, ['--expose-gc', ...flags, entry, JSON.stringify(order)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, 'exit')
  const answer = async (): Promise<unknown> => {
    const limit = setTimeout(() => child.kill('SIGKILL'), answerLimitMs)
    const line = await lines.next()
    clearTimeout(limit)
    if (line.done === true) throw new Error(`${file} ended instead of answering`)
    return JSON.parse(line.value)
  }
  return {
    first: await answer(),
    ask: (line: string): Promise<unknown> => {
      child.stdin.write(`${line}\n`)
      return answer()
    },
    kill: async (): Promise<void> => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

export async function startGateway({
  urls,
  namespace,
  port = 0,
}: {
  readonly urls: readonly string[]
  readonly namespace: string
  readonly port?: number
}) {
  const { first, ask, kill } = await startChild('inspect-gateway.ts', { urls, namespace, port })
  const { url } = first as { readonly url: string } // its own
  return {
    url: `${url.replace('http', 'ws')}/v1/live`,
    port: Number(new URL(url).port),
    figures: async () => (await ask('')) as GatewayFigures,
    kill,
  }
}

export async function startTabs(url: string, topics: readonly string[]) {
  const { ask, kill } = await startChild('inspect-tabs.ts', { url, topics })
  return {
    open: async (count: number) =>
      (await ask(`open ${count}`)) as { readonly opened: number; readonly failed: number; readonly ms: number },
    block: async (ms: number) => (await ask(`block ${ms}`)) as object,
    figures: async () => (await ask('figures')) as TabFigures,
    kill,
  }
}

/** Counts what goes from the gateway to whoever connects here, as it is on the wire. */
export async function countingProxy(port: number) {
  const sockets = new Set<Socket>()
  const counted = { bytes: 0, paused: false }
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    sockets.add(near)
    far.on('data', (bytes) => (counted.bytes += bytes.length))
    near.pipe(far)
    far.pipe(near)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo // it listens on a port
  return {
    url: `ws://127.0.0.1:${own}/v1/live`,
    port: own,
    counted,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
