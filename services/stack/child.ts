// Child
// One process that this process started: an embedded server or a worker. How it ends, and that it does not outlive us.
//
// C1. No child outlives its parent, however the parent ends. On Linux the kernel sees to it: `setpriv --pdeathsig` asks for a signal
//     when the parent dies, SIGKILL included, with no watchdog process to lose. (The kernel means the thread that started the child,
//     so a stack is started from a process's main thread.) Elsewhere, what a killed parent leaves is ended by the next start: leftover.ts.
// C2. Ctrl-C reaches the parent only, which stops its children in an order of its own: every child has a session of its own.
// C3. `stop` may be called often and always ends: the stop signal, then SIGKILL after the limit.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { createInterface } from 'node:readline'
import { ProcessStartFailed } from './errors.ts'

export interface ChildOptions {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  /** What enters another user before the command runs; it must end by running its arguments. */
  readonly enter?: readonly string[]
  /** The signal that ends the child in order. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT'
  /** What the child gets when its parent dies; the stop signal unless said. */
  readonly orphanSignal?: 'SIGKILL'
  readonly output: ChildOutput
  /** All of its environment; the parent's unless said. */
  readonly env?: NodeJS.ProcessEnv
}

/** A file is written by the child itself, anew at each start, so that a dead parent blocks no child. */
export type ChildOutput = { readonly file: string } | { readonly onLine: (line: string) => void }

export interface Child {
  readonly name: string
  readonly pid: number
  readonly exited: Promise<Exit>
  stop(limitMs: number): Promise<Exit>
}

export interface Exit {
  /** Whether `stop` was called before it ended. */
  readonly asked: boolean
  /** For people: `worker-1 ended with code 1`. */
  readonly text: string
}

/** Resolves when the process runs; rejects `ProcessStartFailed` when there is no such program. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = spawnChild(options)
  let asked = false
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ asked, text: exitText(options.name, code, signal) }))
  })
  try {
    await once(child, 'spawn')
  } catch (cause) {
    throw new ProcessStartFailed(
      `Starting ${options.name}: ${options.command[0]} cannot be run here. Check that it exists and is executable.`,
      { cause },
    )
  }
  const stop = async (limitMs: number): Promise<Exit> => {
    if (!asked) child.kill(options.stopSignal)
    asked = true
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMs) // C3
    try {
      return await exited
    } finally {
      clearTimeout(limit)
    }
  }
  return { name: options.name, pid: child.pid ?? 0, exited, stop }
}

function spawnChild(options: ChildOptions): ChildProcess {
  const [program, ...args] = [...(options.enter ?? []), ...endWithParent(options.orphanSignal ?? options.stopSignal), ...options.command]
  const target = program ?? options.command[0]
  const env = options.env === undefined ? {} : { env: options.env }
  const { output } = options
  if ('file' in output) {
    const log = fs.openSync(output.file, 'w')
    try {
      return spawn(target, args, { detached: true, stdio: ['ignore', log, log], ...env }) // C2
    } finally {
      fs.closeSync(log)
    }
  }
  const child = spawn(target, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], ...env }) // C2
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', output.onLine)
  return child
}

/** C1. What goes before a command so that the kernel signals it when its parent dies; nothing where there is no such thing. */
function endWithParent(signal: string): readonly string[] {
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((file) => fs.existsSync(file))
  return process.platform === 'linux' && setpriv ? [setpriv, '--pdeathsig', signal.slice('SIG'.length), '--'] : []
}

function exitText(name: string, code: unknown, signal: unknown): string {
  return typeof signal === 'string' ? `${name} ended by ${signal}` : `${name} ended with code ${String(code)}`
}
