// Process
// What every main.ts does around its work: one sentence and exit code 2 for what the user can mend, a stack trace for bugs, one owner of the shutdown.
import { TroupeError } from '../runtime/errors.ts'

export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const

/** Runs `main`, and ends the process with the code it returns. A second signal ends it at once. */
export async function runProcess(main: (stop: AbortSignal) => Promise<number>, { verbose }: { readonly verbose: boolean }): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(128 + (signal === 'SIGINT' ? 2 : 15))
      stop.abort(signal)
    })
  try {
    process.exitCode = await main(stop.signal)
  } catch (error) {
    process.stderr.write(`${explain(error, verbose)}\n`)
    process.exitCode = hasCode(error) ? exitCodes.usage : exitCodes.failed
  }
}

/** One sentence for errors with a code; the stack for anything else, or when asked for. */
export function explain(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return String(error)
  if (!hasCode(error)) return error.stack ?? error.message
  return verbose ? `${error.code}: ${error.stack ?? error.message}` : `${error.code}: ${error.message}`
}

/** Errors of the client package have no common class with the runtime's; a TR_ code is what they share. */
function hasCode(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof TroupeError ||
    (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('TR_'))
  )
}

/** Resolves when the process is told to stop. */
export const stopped = (stop: AbortSignal): Promise<void> =>
  stop.aborted ? Promise.resolve() : new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }))
