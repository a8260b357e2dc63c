// npm run chaos: faults on real servers and real processes, each run judged by its whole history. Exit code 1 when a promise was broken.
// Options: --only <name,…>, --seconds <n> of load (default 10), --long (60, more rounds), --kills <n> of `kill`, --seed <n>, --keep (the folders of green runs too), --json, --list, --check <history>.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { violationsOf } from './check.ts'
import { decodeHistory } from './history.ts'
import { runScenario, type Result } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string' },
    kills: { type: 'string' },
    long: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    check: { type: 'string' },
  },
})

const shownMax = 10
const say = (line: string): void => void process.stdout.write(`${line}\n`)

if (values.list) for (const { name, about } of scenarios) say(`${name.padEnd(16)} ${about}`)
else if (values.check !== undefined) await check(values.check)
else await runAll()

async function check(file: string): Promise<void> {
  const violations = violationsOf(decodeHistory(await readFile(file, 'utf8')))
  for (const violation of violations) say(violation)
  say(`${file}: ${violations.length} violations`)
  process.exitCode = violations.length > 0 ? 1 : 0
}

async function runAll(): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
  const seconds = Number(values.seconds ?? (values.long ? 60 : 10))
  const kills = values.kills === undefined ? {} : { kills: Number(values.kills) }
  const options = { seed: Number(values.seed), seconds, long: values.long, keep: values.keep, signal: stop.signal, ...kills }
  for (const scenario of chosen()) {
    try {
      const result = await runScenario(scenario, options)
      report(result)
      if (result.outcome === 'red') process.exitCode = 1
    } catch (error) {
      if (!stop.signal.aborted) throw error
      say(`${scenario.name}: stopped`)
      process.exit(130) // what the run was still waiting for does not matter any more
    }
  }
}

function chosen(): typeof scenarios {
  const names = values.only?.split(',')
  const unknown = names?.filter((name) => !scenarios.some((scenario) => scenario.name === name)) ?? []
  if (unknown.length > 0) throw new Error(`no scenario is called ${unknown.join(', ')}; --list shows them all`)
  return names ? scenarios.filter(({ name }) => names.includes(name)) : scenarios
}

function report(result: Result): void {
  if (values.json) return say(JSON.stringify(result))
  const { scenario, outcome, seconds, figures, violations, history, reason, seed } = result
  const shown = Object.entries(figures).map(([name, value]) => `${name}=${value}`)
  if (outcome === 'skipped') return say(`SKIPPED ${scenario}: ${reason}`)
  say(`${outcome === 'green' ? 'green' : 'RED  '} ${scenario} (${seconds} s, seed ${seed}) ${shown.join(' ')}`)
  for (const violation of violations.slice(0, shownMax)) say(`  ${violation}`)
  if (violations.length > shownMax) say(`  and ${violations.length - shownMax} more`)
  if (history !== undefined) say(`  check it again: npm run chaos -- --check ${history}`)
}
