// Leftover
// Ends a server that a killed stack left behind, found by the pid file which the server itself wrote into our data folder.
//
// L1. A process is only signalled when its command line names our folder: a pid alone may belong to someone else by now.
// L2. Two servers never run on the same files: this returns when the leftover is gone, or throws.
import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ServerStartFailed } from './errors.ts'

const orderlyEndLimitMs = 5_000
const killLimitMs = 5_000
const pollMs = 20

/** `pidFile`: its first line is the pid. `folder`: an argument of the server's command line. Removes the pid file. */
export async function endLeftover(pidFile: string, folder: string, stopSignal: NodeJS.Signals): Promise<void> {
  const pid = Number((await readIfThere(pidFile)).split('\n', 1)[0])
  if (Number.isInteger(pid) && pid > 1) {
    await signalUntilGone(pid, folder, [
      { signal: stopSignal, limitMs: orderlyEndLimitMs },
      { signal: 'SIGKILL', limitMs: killLimitMs },
    ])
  }
  await fs.rm(pidFile, { force: true })
}

async function signalUntilGone(pid: number, folder: string, steps: readonly { signal: NodeJS.Signals; limitMs: number }[]): Promise<void> {
  for (const { signal, limitMs } of steps) {
    const endsAt = performance.now() + limitMs
    if (!(await runsOn(pid, folder))) return
    sendSignal(pid, signal)
    while (performance.now() < endsAt) {
      if (!(await runsOn(pid, folder))) return
      await delay(pollMs)
    }
  }
  throw new ServerStartFailed(
    `A server of an earlier start (pid ${pid}) still runs on ${folder} and cannot be ended. End it, then start again.`,
  ) // L2
}

/** L1. A dead process that nobody has collected yet has an empty command line: it counts as gone. */
async function runsOn(pid: number, folder: string): Promise<boolean> {
  if (process.platform === 'linux') return (await readIfThere(`/proc/${pid}/cmdline`)).split('\0').includes(folder)
  try {
    return (await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])).stdout.includes(folder)
  } catch {
    return false // ps ends with 1 when there is no such process
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it ended between the look and the signal
  }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await fs.readFile(file, 'utf8')
  } catch {
    return ''
  }
}
