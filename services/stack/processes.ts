import { startChild, type Child } from './child.ts'

/** How long a process may take to drain before it is killed, unless `stop` says otherwise. */
export const processStopLimitMs = 15_000

export interface ProcessOptions {
  /** For people: `worker-1`. */
  readonly name: string
  /** The `.ts` file to run. */
  readonly entry: string
  readonly args?: readonly string[]
  /** For Node itself. */
  readonly nodeFlags?: readonly string[]
  /** All of its environment; the parent's unless said. */
  readonly env?: NodeJS.ProcessEnv
  /** What it prints, a line at a time. */
  readonly onLine: (line: string) => void
}

/**
 * Runs a process of this project (worker, projector, model server) on the Node that runs us.
 * Unlike a server, it is killed outright when its parent dies: it is made for that, and its servers are going away as well.
 */
export function startProcess({ name, entry, args = [], nodeFlags = [], env, onLine }: ProcessOptions): Promise<Child> {
  return startChild({
    name,
    command: [process.execPath, ...nodeFlags, entry, ...args],
    stopSignal: 'SIGTERM',
    orphanSignal: 'SIGKILL',
    output: { onLine },
    ...(env === undefined ? {} : { env }),
  })
}
