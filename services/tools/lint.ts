// Lint
// Runs the installed oxlint over one source text. The project's own configuration is never read: the text is copied into an empty folder,
// linted there under our rules, and the folder is deleted, so nothing of the reviewed project can run or change what is found.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { z } from 'zod'
import type { TextFile } from '../memory/folder.ts'
import type { Finding } from './code-checks.ts'
import { LintFailed } from './errors.ts'

export const canLint = (file: string): boolean => /\.[mc]?[jt]sx?$/i.test(file)

export async function lint({ file, text }: TextFile, signal: AbortSignal): Promise<readonly Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-lint-'))
  try {
    const source = `source${extname(file).toLowerCase()}`
    await writeFile(join(folder, source), text)
    await writeFile(join(folder, 'rules.json'), JSON.stringify({ categories: { correctness: 'error', suspicious: 'warn' } }))
    return readReport(file, await runOxlint(folder, source, signal))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const lintTimeoutMs = 20_000
const reportBytesMax = 8 * 1024 * 1024

async function runOxlint(folder: string, source: string, signal: AbortSignal): Promise<string> {
  const program = join(dirname(createRequire(import.meta.url).resolve('oxlint/package.json')), 'bin', 'oxlint')
  const args = [program, '--config', 'rules.json', '--disable-nested-config', '--no-ignore', '--threads=1', '--format=json', source]
  const options = { cwd: folder, env: {}, signal, timeout: lintTimeoutMs, maxBuffer: reportBytesMax, killSignal: 'SIGKILL' as const }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout) => {
      // Code 1 with a report means that it found something.
      if (error === null || error.code === 1) resolve(stdout)
      else reject(new LintFailed(`oxlint ended without a report; try again, or reinstall it`, { cause: error }))
    })
  })
}

const reportShape = z.object({
  diagnostics: z.array(
    z.object({
      message: z.string(),
      code: z.string().optional(),
      severity: z.string(),
      help: z.string().optional(),
      labels: z.array(z.object({ span: z.object({ line: z.int() }) })),
    }),
  ),
})

function readReport(file: string, report: string): readonly Finding[] {
  const parsed = reportShape.safeParse(parseJson(report))
  if (!parsed.success) throw new LintFailed(`oxlint gave no report about ${file} that can be read`, { cause: parsed.error })
  return parsed.data.diagnostics.map(({ message, code, severity, help, labels }) => {
    const line = labels[0]?.span.line ?? 1
    const text = `${message.replace(/[.\s]+$/, '')} (${code ?? 'syntax'})${help === undefined ? '' : `; ${help}`}`
    return { severity: severity === 'error' ? 'error' : 'warning', fromLine: line, toLine: line, text }
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
