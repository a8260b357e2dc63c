// Command
// What every command of `troupe` is given, and the options they share. main.ts makes the shell; a command registers itself on the program.
import { InvalidArgumentError, type Command } from 'commander'

/** The world of one command: main.ts makes it from the process. */
export interface Shell {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborts when the process is told to stop. */
  readonly stop: AbortSignal
  /** A line of the result, to standard output. */
  print(line: string): void
  /** A line for the person who watches, to standard error. */
  note(line: string): void
  /** The exit code once the command is over; 0 unless said. */
  exitWith(code: number): void
}

/** Registers one command on the program. */
export type Register = (program: Command, shell: Shell) => void

/** The options of every command, as commander reads them. */
export interface SharedOptions {
  readonly namespace?: string
  readonly tenant?: string
  readonly data?: string
  readonly json?: boolean
  readonly verbose?: boolean
}

/** Adds the shared options and the examples, one a line, to the end of the help. */
export function shared(command: Command, examples: readonly string[]): Command {
  return command
    .option('--namespace <name>', 'namespace of the actors (default: TROUPE_NAMESPACE, else troupe)')
    .option('--tenant <tenant>', 'tenant of the actors (default: TROUPE_TENANT, else main)')
    .option('--data <folder>', 'data folder of the running stack, used when NATS_URL is not set (default: TROUPE_DATA, else .data)')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ troupe ${example}`).join('\n')}`)
}

/** For options that count something. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new InvalidArgumentError('It must be a whole number from 1.')
}
