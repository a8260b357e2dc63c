// npm run simulate: runs of the kernel in a simulated world, each decided by its seed. Exit code 1 when a seed fails.
// Options: --seeds <n> (default 1000), --from <seed> (default 1), --verbose (the history of every run), --stop (at the first failure).
import { parseArgs } from 'node:util'
import { simulate } from './simulate.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    stop: { type: 'boolean', default: false },
  },
})
const from = Number(values.from)
const seeds = Number(values.seeds)
const started = performance.now()
const failed: number[] = []
let turns = 0
let crashes = 0
for (let seed = from; seed < from + seeds; seed++) {
  const outcome = await simulate(seed)
  turns += outcome.turns
  crashes += outcome.crashes
  if (values.verbose) process.stdout.write(`${outcome.history.join('\n')}\nseed ${seed} hash ${outcome.hash}\n`)
  if (outcome.faults.length === 0) continue
  failed.push(seed)
  const [first, ...more] = outcome.faults
  process.stdout.write(
    `seed ${seed}: ${first}${more.length > 0 ? `\n  and ${more.length} more: ${more.slice(0, 3).join('\n    ')}` : ''}\n`,
  )
  process.stdout.write(`  replay: npm run simulate -- --seeds 1 --from ${seed} --verbose\n`)
  if (values.stop) break
}
const seconds = (performance.now() - started) / 1_000
process.stdout.write(
  `${seeds} seeds, ${failed.length} failed, ${turns} turns, ${crashes} crashes, ${seconds.toFixed(1)} s (${Math.round((seeds / seconds) * 60)} seeds a minute)\n`,
)
process.exitCode = failed.length > 0 ? 1 : 0
