// Refusal
// Exit code 1: the servers were there, and what was asked of an actor failed. Everything else that a person can mend is exit code 2.
import { AskRefused, AskTimeout, MailboxFull, SendRefused } from '../../client/index.ts'
import { exitCodes, explain } from '../process.ts'
import type { SharedOptions, Shell } from './command.ts'

const refusals = [AskRefused, AskTimeout, MailboxFull, SendRefused] as const

/** Says a refusal and sets the exit code; throws what is none. */
export async function sayingRefusals(shell: Shell, options: SharedOptions, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Error) || !refusals.some((refusal) => error instanceof refusal)) throw error
    shell.note(explain(error, options.verbose ?? false))
    if (options.json && 'code' in error) shell.print(JSON.stringify({ ok: false, error: { code: error.code, message: error.message } }))
    shell.exitWith(exitCodes.failed)
  }
}
