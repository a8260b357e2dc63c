import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { exitCodes } from '../../process.ts'
import { wholeNumber, type Register } from '../command.ts'

interface SelectOptions {
  readonly seeds?: number
  readonly from?: number
  readonly only?: string
  readonly policy?: string
  readonly json?: boolean
  readonly strict?: boolean
}

export const benchCommand: Register = (program, shell) => {
  const bench = program.command('bench').description('measure on this machine; needs no running system')
  const select = bench
    .command('select')
    .description('the selection of agents on a real score matrix, beside simple policies and hindsight: docs/selection.md')
    .option('--seeds <n>', 'how many seeds (default: 20)', wholeNumber)
    .option('--from <seed>', 'the first seed (default: 1)', wholeNumber)
    .option('--only <goals>', 'these goals alone, a comma between: G1,G4')
    .option('--policy <file>', 'play the policy of this file in the place of the default')
    .option('--json', 'print JSON')
    .option('--strict', 'exit code 1 when the default policy misses a goal')
    .addHelpText('after', '\nExamples:\n  $ troupe bench select\n  $ troupe bench select --only G1,G4 --seeds 5')
  select.action(async () => shell.exitWith(await runBenchmark(argumentsOf(select.opts<SelectOptions>()), shell.stop)))
}

function argumentsOf({ seeds, from, only, policy, json, strict }: SelectOptions): readonly string[] {
  const valued = Object.entries({ seeds, from, only, policy }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${String(value)}`],
  )
  return [...valued, ...(json ? ['--json'] : []), ...(strict ? ['--strict'] : [])]
}

/** A process of its own: services do not import benchmarks, which stand on the floors and not in them. */
async function runBenchmark(args: readonly string[], stop: AbortSignal): Promise<number> {
  const entry = fileURLToPath(new URL('../../../bench/select/main.ts', import.meta.url))
  const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
  const end = (): void => void child.kill('SIGTERM')
  stop.addEventListener('abort', end, { once: true })
  try {
    const [code] = await once(child, 'exit')
    return typeof code === 'number' ? code : exitCodes.failed
  } finally {
    stop.removeEventListener('abort', end)
  }
}
