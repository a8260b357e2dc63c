// Code checks
// What can be found in source text of any language, without parsing it. Tabs, spaces and style are no findings.
import { blockEnd } from './block-end.ts'

export interface Finding {
  readonly severity: 'error' | 'warning' | 'note'
  readonly fromLine: number
  readonly toLine: number
  readonly text: string
}

export const functionLinesMax = 80
export const fileLinesMax = 600

export function checkCode(lines: readonly string[]): readonly Finding[] {
  return [...checkLength(lines), ...checkFunctions(lines), ...checkMarks(lines), ...checkSecrets(lines)]
}

function checkLength(lines: readonly string[]): readonly Finding[] {
  if (lines.length <= fileLinesMax) return []
  const text = `the file has ${lines.length} lines; beyond ${fileLinesMax} it is hard to keep in mind`
  return [{ severity: 'note', fromLine: 1, toLine: lines.length, text }]
}

/** A named function in the usual languages, or a function bound to a name. */
const functionStart =
  /^\s*(?:export\s+|default\s+|public\s+|private\s+|protected\s+|static\s+|async\s+|pub(?:\([^)]*\))?\s+|unsafe\s+)*(?:(?:function\*?|def|fn|func|fun|sub)\s+\(?[\w$]|(?:const|let|var)\s+[\w$]+\s*=\s*(?:async\s*)?(?:function|\([^)]*\)[^=]*=>))/

function checkFunctions(lines: readonly string[]): readonly Finding[] {
  return lines.flatMap((line, at) => {
    if (!functionStart.test(line.slice(0, lineCharactersMax))) return []
    const end = blockEnd(lines, at)
    const length = end - at + 1
    if (length <= functionLinesMax) return []
    const text = `a function of ${length} lines; beyond ${functionLinesMax} it does not fit on a screen`
    return [{ severity: 'warning', fromLine: at + 1, toLine: end + 1, text }]
  })
}

function checkMarks(lines: readonly string[]): readonly Finding[] {
  return lines.flatMap((line, at) => {
    const mark = /\b(TODO|FIXME|HACK|XXX)\b/.exec(line.slice(0, lineCharactersMax))
    if (mark === null) return []
    return [{ severity: 'note', fromLine: at + 1, toLine: at + 1, text: `unfinished work is marked ${mark[1]}` }]
  })
}

/** Longer lines are data or minified code; patterns see their beginning. */
const lineCharactersMax = 2_000

/** The finding names the kind and never repeats the value. */
const secretKinds: readonly { readonly kind: string; readonly pattern: RegExp }[] = [
  { kind: 'a private key', pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/ },
  { kind: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { kind: 'a GitHub token', pattern: /\b(?:gh[pousr]_\w{36,}|github_pat_\w{22,})/ },
  { kind: 'an API key', pattern: /\bsk-[\w-]{20,}/ },
  { kind: 'a Slack token', pattern: /\bxox[abprs]-[\w-]{10,}/ },
  { kind: 'a password in a URL', pattern: /\b[a-z][a-z+]*:\/\/[^\s:/@'"]+:[^\s:/@'"${]{4,}@/i },
  {
    kind: 'a secret in a literal',
    pattern:
      /(?:password|passwd|secret|token|api_?key|private_?key)["']?\s*(?::|:?=)\s*["'](?!.*(?:example|placeholder|your|xxx|<|\$\{))[^"'\s]{8,}["']/i,
  },
]

function checkSecrets(lines: readonly string[]): readonly Finding[] {
  return lines.flatMap((line, at) => {
    const found = secretKinds.find(({ pattern }) => pattern.test(line.slice(0, lineCharactersMax)))
    if (found === undefined) return []
    return [{ severity: 'error', fromLine: at + 1, toLine: at + 1, text: `looks like ${found.kind}; read it from the environment instead` }]
  })
}
