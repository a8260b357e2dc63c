// npm run simulate: runs of the kernel in a simulated world, each decided by its seed. Exit code 1 when a seed fails.
// Options: --seeds <n> (default 1000), --from <seed> (default 1), --jobs <n> (threads, default: one a core), --verbose (the history of every run), --stop (at the first failure).
import os from 'node:os'
import { parseArgs } from 'node:util'
import type { Outcome } from '../../runtime/testing/run.ts'
import { runSeeds } from './jobs.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(os.availableParallelism()) },
    verbose: { type: 'boolean', default: false },
    stop: { type: 'boolean', default: false },
  },
})
const [seeds, from, jobs] = [values.seeds, values.from, values.jobs].map(Number) as [number, number, number]
const started = performance.now()
const total = { seeds: 0, failed: 0, turns: 0, crashes: 0 }

function tell({ seed, hash, faults, history, turns, crashes }: Outcome): void {
  total.seeds++
  total.turns += turns
  total.crashes += crashes
  if (values.verbose) process.stdout.write(`${history.join('\n')}\nseed ${seed} hash ${hash}\n`)
  const [first, ...more] = faults
  if (first === undefined) return
  total.failed++
  process.stdout.write(
    `seed ${seed}: ${first}${more.length > 0 ? `\n  and ${more.length} more: ${more.slice(0, 3).join('\n    ')}` : ''}\n`,
  )
  process.stdout.write(`  replay: npm run simulate -- --seeds 1 --from ${seed} --verbose\n`)
}

for await (const outcome of runSeeds({ seeds, from, jobs, histories: values.verbose })) {
  tell(outcome)
  if (values.stop && total.failed > 0) break
}
const seconds = (performance.now() - started) / 1_000
process.stdout.write(
  `${total.seeds} seeds, ${total.failed} failed, ${total.turns} turns, ${total.crashes} crashes, ${seconds.toFixed(1)} s (${Math.round((total.seeds / seconds) * 60)} seeds a minute)\n`,
)
process.exitCode = total.failed > 0 ? 1 : 0
