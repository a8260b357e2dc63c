// Watchdog
// Ends a worker whose event loop is blocked: a turn or an effect that never returns would otherwise hold its partitions' messages up on every
// worker that takes them over, one after another. Dead, it leaves its mark in the log, and the message is quarantined (runtime/care.ts).
//
// D1. What counts is the watchdog's own looks, not the time that passed: a process that was stopped as a whole, or starved, is not blocked.
import { Worker } from 'node:worker_threads'
import { WorkerBlocked } from './errors.ts'

/** What the watching thread is given. */
export interface Watch {
  /** One counter: the watched thread counts up. */
  readonly beats: SharedArrayBuffer
  readonly lookEveryMs: number
  /** Looks in a row without a beat before the process ends. */
  readonly looksMax: number
  /** What is written to stderr before it does. */
  readonly lastWords: string
}

/** Ends this process with SIGKILL once its event loop has been blocked for about `blockedMsMax`. */
export function startWatchdog({ blockedMsMax }: { readonly blockedMsMax: number }): AsyncDisposable {
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const counter = new Int32Array(beats)
  const { code, message } = new WorkerBlocked(
    `worker ${process.pid}: its event loop was blocked for ${blockedMsMax} ms by a turn or an effect that does not return; the process ends, another worker goes on`,
  )
  const lookEveryMs = beatEveryMs * 2
  const watch: Watch = { beats, lookEveryMs, looksMax: Math.ceil(blockedMsMax / lookEveryMs), lastWords: `${code}: ${message}\n` }
  const thread = new Worker(new URL('./watchdog-thread.mjs', import.meta.url), {
    workerData: watch,
    execArgv: [], // flags of the watched process are none of its business
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 },
  })
  thread.unref()
  const beating = setInterval(() => Atomics.add(counter, 0, 1), beatEveryMs)
  beating.unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beating)
      await thread.terminate()
    },
  }
}

const beatEveryMs = 250
