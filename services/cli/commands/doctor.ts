import { Option } from 'commander'
import { exitCodes } from '../../process.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf } from '../connect.ts'
import { profiles } from '../doctor/durability.ts'
import type { Examination, ExamineOptions } from '../doctor/examine.ts'
import type { Finding } from '../doctor/finding.ts'
import { onOneLine } from '../output.ts'

export const doctorCommand: Register = (program, shell) => {
  const command = shared(program.command('doctor'), [
    'doctor',
    'doctor --expect replicated --monitor http://a:8222,http://b:8222,http://c:8222',
    'doctor --json',
  ])
    .description(
      'look at servers, settings and surroundings: which durability they really give, and what to mend; exit code 1 when a look fails',
    )
    .addOption(new Option('--expect <profile>', 'exit with code 1 when the servers give less').choices(profiles))
    .option('--monitor <urls>', 'monitoring addresses of the NATS servers, a comma between; known of the embedded one')
  command.action(async () => {
    const options = command.optsWithGlobals<SharedOptions & ExamineOptions>()
    const { examine } = await import('../doctor/examine.ts')
    const examination = await examine(placeOf(options, shell.environment), options)
    const { findings, nats, lags } = examination
    if (options.json)
      shell.print(
        JSON.stringify({
          findings,
          durability: nats?.durability ?? null,
          expected: options.expect ?? null,
          streams: nats?.streams ?? [],
          lags,
        }),
      )
    else for (const line of findings.map(findingText)) shell.print(line)
    shell.exitWith(exitCodeOf(examination))
  })
}

/** Unreachable servers are the caller's to mend, like a wrong option; what a look found to be bad is a result. */
function exitCodeOf({ findings, nats }: Examination): number {
  if (nats === undefined) return exitCodes.usage
  return findings.some(({ level }) => level === 'fail') ? exitCodes.failed : exitCodes.ok
}

export const findingText = ({ level, what, found, advice }: Finding): string =>
  onOneLine(`${level.padEnd(4)}  ${what}: ${found}${advice === undefined ? '' : `. To do: ${advice}.`}`)
