// The offline model server as a process
// Prints one line of JSON with its url and process id when it listens; runs until SIGTERM or SIGINT, or until its standard input ends if
// `--exit-with-parent` is given.
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { decodeFaultRules } from './faults.ts'
import { decode } from './protocol.ts'
import { startOfflineModel } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    'delay-ms': { type: 'string', default: '0' },
    'chunk-delay-ms': { type: 'string', default: '0' },
    'api-key': { type: 'string' },
    /** A fault rule, or a list of them, as JSON. */
    faults: { type: 'string', default: '[]' },
    'exit-with-parent': { type: 'boolean', default: false },
  },
})

const model = await startOfflineModel({
  port: wholeNumber('port'),
  seed: wholeNumber('seed'),
  delayMs: wholeNumber('delay-ms'),
  chunkDelayMs: wholeNumber('chunk-delay-ms'),
  apiKey: values['api-key'],
  faults: decode(decodeFaultRules, values.faults),
})
console.log(JSON.stringify({ url: model.url, pid: process.pid }))

const ends = [once(process, 'SIGTERM'), once(process, 'SIGINT')]
if (values['exit-with-parent']) {
  process.stdin.resume()
  ends.push(once(process.stdin, 'close'))
}
await Promise.race(ends)
await model.close()
process.exit(0)

function wholeNumber(flag: 'port' | 'seed' | 'delay-ms' | 'chunk-delay-ms'): number {
  const value = Number(values[flag])
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new RangeError(`--${flag} is '${values[flag]}'; it must be a whole number from 0`)
}
