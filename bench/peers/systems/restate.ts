// Restate: its server, a worker process that serves a virtual object and a service over HTTP/2, requests over its HTTP ingress.
// The ingress is spoken to by node:http with connections kept alive, one for each call in flight.
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
import path from 'node:path'
import { startServer } from '../../../services/stack/server.ts'
import { freePort, installed, startPeerWorker } from '../servers.ts'
import type { Start } from '../system.ts'

const connectionsMax = 512

export const start: Start = async (setting, folder) => {
  const [ingress, admin, node, workerPort] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const { server } = await startServer({
    name: 'restate-server',
    command: [program(), '--node-name', 'bench'],
    stopSignal: 'SIGTERM',
    logFile: path.join(folder, 'restate.log'),
    ready: () => healthy(admin, ingress),
    env: { ...process.env, ...environment(folder, { ingress, admin, node }), ...(setting === 'fsync' ? {} : withoutFsync) },
  })
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax })
  try {
    const worker = await startPeerWorker('restate', String(workerPort))
    await post(agent, { port: admin, path: '/deployments' }, { uri: `http://127.0.0.1:${workerPort}` })
    const call = async (where: string, body?: unknown) => Number(await post(agent, { port: ingress, path: where }, body))
    return {
      versions: `${installed('@restatedev/restate-server')}, ${installed('@restatedev/restate-sdk')}`,
      add: (key) => call(`/counter/${key}/add`, 1),
      chain: () => call('/chain/run', 0),
      totals: (keys) => Promise.all(keys.map((key) => call(`/counter/${key}/total`))),
      stop: async () => {
        agent.destroy()
        await server.close() // before its worker, so that it does not retry
        await worker.stop()
      },
    }
  } catch (error) {
    await server.close()
    throw error
  }
}

function program(): string {
  const folder = `@restatedev/restate-server-${process.platform}-${process.arch}`
  return createRequire(import.meta.url).resolve(`${folder}/bin/restate-server`)
}

const environment = (folder: string, ports: Readonly<Record<'ingress' | 'admin' | 'node', number>>) => ({
  RESTATE_BASE_DIR: path.join(folder, 'restate'),
  RESTATE_LISTEN_MODE: 'tcp',
  RESTATE_BIND_ADDRESS: `127.0.0.1:${ports.node}`,
  RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${ports.node}`,
  RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ports.ingress}`,
  RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${ports.admin}`,
  RESTATE_DISABLE_TELEMETRY: 'true',
  RESTATE_LOG_FILTER: 'warn',
})

/** The log's write-ahead log is written, but not synced: what is acknowledged survives the process, not a power failure. */
const withoutFsync = { RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC: 'true' }

async function healthy(admin: number, ingress: number): Promise<true | undefined> {
  try {
    const answers = await Promise.all([fetch(`http://127.0.0.1:${admin}/health`), fetch(`http://127.0.0.1:${ingress}/restate/health`)])
    return answers.every(({ ok }) => ok) ? true : undefined
  } catch {
    return undefined // it does not listen yet
  }
}

async function post(agent: Agent, where: { readonly port: number; readonly path: string }, body?: unknown): Promise<string> {
  const json = body === undefined ? undefined : JSON.stringify(body)
  const headers = json === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }
  const sent = request({ host: '127.0.0.1', ...where, method: 'POST', agent, headers })
  sent.end(json)
  const [response] = await once(sent, 'response')
  const answer = await text(response)
  if (response.statusCode >= 300) throw new Error(`Restate answered ${where.path} with ${response.statusCode}: ${answer.slice(0, 200)}`)
  return answer
}
