// The command line: `troupe <command>`. `npm start` is `troupe dev`.
import { Command, CommanderError } from 'commander'
import { exitCodes, runProcess } from '../process.ts'
import { version } from '../version.ts'
import { devCommand } from './commands/dev.ts'
import { commands } from './commands/index.ts'
import { runCommand } from './commands/run.ts'

await runProcess(
  async (stop) => {
    let code: number = exitCodes.ok
    process.stdout.on('error', () => process.exit(exitCodes.failed)) // nobody reads any more, as after `| head`
    const program = new Command('troupe')
      .description('durable, supervised AI agents: XState statecharts over NATS JetStream')
      .version(version)
      .option('--verbose', 'show what the processes print, and stack traces of errors')
      .showSuggestionAfterError()
      .exitOverride()
    for (const register of [devCommand, runCommand, ...commands]) {
      register(program, {
        environment: process.env,
        stop,
        print: (line) => process.stdout.write(`${line}\n`),
        note: (line) => process.stderr.write(`${line}\n`),
        exitWith: (given) => (code = given),
      })
    }
    try {
      await program.parseAsync()
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error
      code = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage // commander has said what is wrong
    }
    return code
  },
  { verbose: process.argv.includes('--verbose') },
)
