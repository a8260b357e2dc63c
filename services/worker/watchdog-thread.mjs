// The watching thread of watchdog.ts: plain JavaScript, so that it needs no memory for a compiler.
import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'

const { beats, lookEveryMs, looksMax, lastWords } = /** @type {import('./watchdog.ts').Watch} */ (workerData)
const counter = new Int32Array(beats)
const sleep = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

let seen = Atomics.load(counter, 0)
for (let looks = 0; looks < looksMax; looks++) {
  Atomics.wait(sleep, 0, 0, lookEveryMs)
  const now = Atomics.load(counter, 0)
  if (now !== seen) looks = -1 // D1
  seen = now
}
const stderr = 2
writeSync(stderr, lastWords)
process.kill(process.pid, 'SIGKILL')
