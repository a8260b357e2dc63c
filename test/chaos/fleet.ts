// Fleet
// The worker processes of a run: started, stopped, frozen, killed; the dead are noticed.
//
// F1. Every process that was started here has ended when `stop` returns, and none starts afterwards.
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WorkerOptions } from '../../runtime/options.ts'
import type { Child } from '../../services/stack/child.ts'
import { startProcess } from '../../services/stack/processes.ts'
import { workerNodeFlags } from '../../services/worker/node-flags.ts'

/** What a worker process is told. */
export interface WorkerOrder {
  readonly id: string
  readonly servers: readonly string[]
  /** It knows no other server than these: the line between is a proxy's. */
  readonly alone: boolean
  readonly namespace: string
  readonly version: string
  readonly options: Partial<WorkerOptions>
  /** The file to which it appends executions of effects. */
  readonly executions: string
}

export interface ChaosWorker {
  readonly id: string
  readonly pid: number
  readonly isAlive: boolean
  readonly exited: Promise<unknown>
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and waits until it has drained. Rejects when it had to be killed. */
  drain(): Promise<void>
}

export interface Fleet {
  readonly alive: readonly ChaosWorker[]
  /** How often a worker found that it had lost a partition without releasing it. */
  readonly losses: number
  add(given?: { readonly servers?: readonly string[]; readonly version?: string }): Promise<ChaosWorker>
  stop(): Promise<void>
}

export interface FleetPlan {
  readonly folder: string
  readonly namespace: string
  readonly servers: readonly string[]
  readonly options: Partial<WorkerOptions>
  /** More flags for Node. */
  readonly nodeFlags?: readonly string[]
}

const entry = fileURLToPath(new URL('worker.ts', import.meta.url))
const drainLimitMs = 20_000
const readyLimitMs = 30_000
const lastWordsMax = 8
/** Of the kernel's warning (runtime/partition.ts). */
const lossWords = 'partition lost'

export function openFleet({ folder, namespace, servers, options, nodeFlags = [] }: FleetPlan): Fleet {
  const workers: ChaosWorker[] = []
  let losses = 0
  const log = createWriteStream(join(folder, 'workers.log'))
  const lastWords = new Map<string, readonly string[]>()
  let started = 0
  let isStopped = false

  const hear = (id: string, line: string, ready: () => void): void => {
    log.write(`${id} ${line}\n`)
    lastWords.set(id, [...(lastWords.get(id) ?? []), line].slice(-lastWordsMax))
    const said = decode(line)
    if (said?.ready !== undefined) ready()
    if (said?.message?.startsWith(lossWords)) losses++
  }

  return {
    get losses() {
      return losses
    },
    get alive() {
      return workers.filter(({ isAlive }) => isAlive)
    },
    async add({ servers: own, version = '1' } = {}) {
      if (isStopped) throw new Error('the fleet is stopped')
      const id = `w${++started}`
      const executions = join(folder, `executions-${id}.jsonl`)
      const order: WorkerOrder = { id, servers: own ?? servers, alone: own !== undefined, namespace, version, options, executions }
      const ready = Promise.withResolvers<void>()
      const child = await startProcess({
        name: id,
        entry,
        args: [JSON.stringify(order)],
        nodeFlags: [...workerNodeFlags, ...nodeFlags],
        onLine: (line) => hear(id, line, ready.resolve),
      })
      const worker = workerOf(id, child)
      workers.push(worker)
      if (isStopped) await worker.kill() // F1
      const limit = setTimeout(() => ready.reject(new Error(`worker ${id} is not ready after ${readyLimitMs} ms`)), readyLimitMs)
      const early = child.exited.then(({ text }) =>
        ready.reject(new Error(`${text} before it was ready: ${(lastWords.get(id) ?? []).join(' | ')}`)),
      )
      await Promise.race([ready.promise, early]).finally(() => clearTimeout(limit))
      await ready.promise
      return worker
    },
    async stop() {
      isStopped = true
      await Promise.all(workers.map((worker) => worker.kill())) // F1
      log.end()
    },
  }
}

function workerOf(id: string, child: Child): ChaosWorker {
  let isAlive = true
  const exited = child.exited.then(() => (isAlive = false))
  const signal: ChaosWorker['signal'] = (name) => {
    if (isAlive) process.kill(child.pid, name)
  }
  return {
    id,
    pid: child.pid,
    get isAlive() {
      return isAlive
    },
    exited,
    signal,
    async kill() {
      signal('SIGKILL')
      await exited
    },
    async drain() {
      const { text } = await child.stop(drainLimitMs)
      if (!text.endsWith('with code 0')) throw new Error(`draining worker ${id}: ${text}`)
    },
  }
}

function decode(line: string): { readonly ready?: string; readonly message?: string } | undefined {
  try {
    return JSON.parse(line) as { ready?: string; message?: string }
  } catch {
    return undefined // not of ours: a stack, or Node's own words; it is in the file
  }
}
