// Review code: real static checks of one source file, as findings that cite their lines.
import { extname } from 'node:path'
import { z } from 'zod'
import type { Tool } from '../../actors/ports.ts'
import { linesOf } from '../memory/chunk.ts'
import { readBelow, type TextFile } from '../memory/folder.ts'
import { checkCode, type Finding } from './code-checks.ts'
import { defineTool } from './define-tool.ts'
import { LintFailed } from './errors.ts'
import { canLint, lint } from './lint.ts'
import { fileArgument } from './read-file.ts'

const findingsMax = 100

export function reviewCode(): Tool {
  return defineTool({
    name: 'review-code',
    description:
      'Checks a source file: linter rules for JavaScript and TypeScript; long functions, unfinished work and secrets in any language. Findings are marked [[file:from-to]].',
    arguments: z.strictObject({ file: fileArgument }),
    timeoutMs: 30_000,
    run: async ({ file }, { root, signal }) => {
      const source = await readBelow(root, file)
      const linted = await lintIfPossible(source, signal)
      const findings = [...linted.findings, ...checkCode(linesOf(source.text.trimEnd()))].toSorted(bySeverityThenLine)
      const shown = findings.slice(0, findingsMax)
      const left = findings.length > shown.length ? `, the first ${shown.length} shown` : ''
      return {
        about: [`Review of ${source.file}: ${findings.length} findings${left}. ${linted.how}`],
        passages: shown.map(({ severity, fromLine, toLine, text }) => {
          return {
            file: source.file,
            fromLine,
            toLine,
            text: `${severity}: ${text.replaceAll(/\s+/g, ' ').slice(0, findingCharactersMax)}`,
          }
        }),
      }
    },
  })
}

const findingCharactersMax = 200
const severities = ['error', 'warning', 'note'] as const

function bySeverityThenLine(left: Finding, right: Finding): number {
  return severities.indexOf(left.severity) - severities.indexOf(right.severity) || left.fromLine - right.fromLine
}

/** The other checks are worth having even when the linter is not. */
async function lintIfPossible(
  source: TextFile,
  signal: AbortSignal,
): Promise<{ readonly findings: readonly Finding[]; readonly how: string }> {
  if (!canLint(source.file)) {
    const how = `Only language-neutral checks were made: there is no linter here for ${extname(source.file) || 'this kind of'} files.`
    return { findings: [], how }
  }
  try {
    return { findings: await lint(source, signal), how: 'Checked by oxlint and by language-neutral checks.' }
  } catch (error) {
    if (!(error instanceof LintFailed) || signal.aborted) throw error
    return { findings: [], how: `Only language-neutral checks were made: ${error.message}.` }
  }
}
