import fs from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { startChild, type Child, type ChildOptions } from './child.ts'
import { ServerLost, ServerStartFailed } from './errors.ts'

/** How long an embedded server may take until it is ready: long enough for a recovery after a power failure. */
export const serverReadyLimitMs = 60_000
/** How long an embedded server may take to stop in order before it is killed. */
export const serverStopLimitMs = 10_000
const pollMs = 10
const logTailLines = 3

/** A server the runtime can use, embedded or someone else's. */
export interface Server {
  readonly url: string
  /** Undefined: not ours. */
  readonly pid: number | undefined
  /** Resolves if an embedded server ends without being asked to; else never. */
  readonly lost: Promise<ServerLost>
  /** Idempotent. Ends an embedded server; does nothing to one that is not ours. */
  close(): Promise<void>
}

export interface ServerOptions<Ready> extends Omit<ChildOptions, 'output'> {
  readonly logFile: string
  /** What is known once the server is ready; undefined until then. Asked every few milliseconds. */
  readonly ready: (pid: number) => Promise<Ready | undefined>
}

/** Starts an embedded server and resolves when it is ready; rejects `ServerStartFailed`, and then nothing is left running. */
export async function startServer<Ready>(options: ServerOptions<Ready>): Promise<{ ready: Ready; server: Omit<Server, 'url'> }> {
  const { logFile } = options
  const process = await startChild({ ...options, output: { file: logFile } })
  try {
    const ready = await untilReady(process, options)
    return { ready, server: { pid: process.pid, lost: whenLost(process, logFile), close: () => stopServer(process) } }
  } catch (error) {
    await stopServer(process)
    throw error
  }
}

async function untilReady<Ready>(process: Child, { name, logFile, ready }: ServerOptions<Ready>): Promise<Ready> {
  let ended: string | undefined
  void process.exited.then((exit) => (ended = exit.text))
  const giveUpAt = performance.now() + serverReadyLimitMs
  while (ended === undefined && performance.now() < giveUpAt) {
    const result = await ready(process.pid)
    if (result !== undefined) return result
    await delay(pollMs)
  }
  const what = ended ?? `${name} is not ready after ${serverReadyLimitMs / 1000} s`
  throw new ServerStartFailed(`Starting ${name}: ${what}. ${await lastWords(logFile)}`)
}

async function whenLost(process: Child, logFile: string): Promise<ServerLost> {
  const exit = await process.exited
  if (exit.asked) return new Promise(() => {})
  return new ServerLost(`${exit.text} without being asked to. ${await lastWords(logFile)}`)
}

async function stopServer(process: Child): Promise<void> {
  await process.stop(serverStopLimitMs)
}

async function lastWords(logFile: string): Promise<string> {
  const lines = (await fs.readFile(logFile, 'utf8')).trim().split('\n').slice(-logTailLines)
  return `Its log ends: ${lines.join(' | ') || '(empty)'}. All of it is in ${logFile}.`
}
