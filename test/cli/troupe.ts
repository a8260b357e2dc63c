// Runs `troupe` as people do: a process of its own, with nothing of this one's environment but what Node needs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const entry = fileURLToPath(new URL('../../services/cli/main.ts', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly ended: Promise<Ended>
  /** Resolves at the first line on standard error. */
  readonly noted: Promise<void>
  interrupt(): void
}

export type Environment = Readonly<Record<string, string>>

export function startTroupe(args: readonly string[], environment: Environment = {}): Running {
  const env = { PATH: process.env['PATH'] ?? '', ...environment }
  const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
  onTestFinished(() => void child.kill('SIGKILL'))
  const noted = once(child.stderr, 'data').then(() => undefined)
  const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]).then(([[code], out, err]) => ({
    code: typeof code === 'number' ? code : null,
    out,
    err,
  }))
  return { ended, noted, interrupt: () => void child.kill('SIGINT') }
}

export const troupe = (args: readonly string[], environment?: Environment): Promise<Ended> => startTroupe(args, environment).ended

export const json = ({ out }: Ended): unknown => JSON.parse(out)
