// Findings
// What a comparison found, as lines of a list and as marks on the chart. Pure.
import type { Mark } from '../chart/mark.ts'
import { countText, durationText, plural, usdText } from '../format.ts'
import type { Difference, PartKind, RunPart } from './wire.ts'

export interface Finding {
  readonly id: string
  readonly kind: PartKind
  readonly title: string
  readonly mark: Mark
  readonly word: string
  /** What is to be said of it, one line each. */
  readonly lines: readonly string[]
}

export const changeText = ({ what, a, b }: Difference['changes'][number]): string => `${what}: ${a} → ${b}`

export const versionFindings = (differences: readonly Difference[]): readonly Finding[] =>
  differences.map(({ id, kind, title, tone, changes }) => {
    const lines = changes.map(changeText)
    return { id, kind, title, mark: { tone, note: [title, ...lines].join('; ') }, word: tone, lines }
  })

/** Those that are shown as hot at most; a difference in time below the first is none. */
const hotMax = 6
const hotMsMin = 1
const hotShareMin = 0.05

/** First what only one of them did, then where one took longer, then other differences. */
export function runFindings(parts: readonly RunPart[], root: string): readonly Finding[] {
  const holders = holdersIn(parts, root)
  const hot = hottest(parts, holders)
  const ranked = parts.flatMap((part): readonly (readonly [rank: number, finding: Finding])[] => {
    if (part.who !== 'both') return [[0, found(part, part.who, part.who === 'only-a' ? 'only in A' : 'only in B')]]
    const { a, b } = part
    const [isLonger, delta] = [b.ms > a.ms, durationText(Math.abs(b.ms - a.ms))]
    if (hot.has(part.id)) return [[1, found(part, 'hot', isLonger ? 'longer in B' : 'longer in A', `${isLonger ? '+' : '−'}${delta}`)]]
    if (!countsDiffer(part, holders.has(part.id))) return []
    return [[2, found(part, 'changed', 'differs', a.visits === b.visits ? undefined : `${a.visits}→${b.visits}`)]]
  })
  return ranked.toSorted(([one], [other]) => one - other).map(([, finding]) => finding)
}

/** `text` stands on the chart instead of the tone's own sign. */
function found(part: RunPart, tone: Mark['tone'], word: string, text?: string): Finding {
  const { id, kind, title } = part
  const lines = deltaLines(part)
  return { id, kind, title, word, lines, mark: { tone, note: [word, ...lines].join(', '), ...(text !== undefined && { text }) } }
}

/** States that hold others of these: what they come to is what those inside come to. */
function holdersIn(parts: readonly RunPart[], root: string): ReadonlySet<string> {
  const states = parts.filter(({ kind }) => kind === 'state')
  const holders = states.filter(({ title }) => states.some((other) => other.title.startsWith(`${title}.`)))
  return new Set([root, ...holders.map(({ id }) => id)])
}

const countsDiffer = ({ a, b }: RunPart, isHolder: boolean): boolean =>
  a.visits !== b.visits || (!isHolder && (a.calls !== b.calls || a.tokens !== b.tokens || a.failures !== b.failures))

function hottest(parts: readonly RunPart[], holders: ReadonlySet<string>): ReadonlySet<string> {
  const inner = parts.filter(({ id, kind, who }) => kind === 'state' && who === 'both' && !holders.has(id))
  const delta = ({ a, b }: RunPart): number => Math.abs(b.ms - a.ms)
  const most = Math.max(0, ...inner.map(delta))
  const hot = inner.filter((part) => delta(part) >= Math.max(hotMsMin, most * hotShareMin))
  const first = hot.toSorted((one, other) => delta(other) - delta(one)).slice(0, hotMax)
  return new Set(first.map(({ id }) => id))
}

/** `2 visits in A, 3 in B`; what neither has is not said. */
function deltaLines({ kind, a, b }: RunPart): readonly string[] {
  const failures = a.failures + b.failures
  const noun = kind === 'state' ? 'visit' : 'time'
  const visits = a.visits === b.visits ? `${plural(a.visits, noun)} in both` : `${plural(a.visits, noun)} in A, ${b.visits} in B`
  return [
    ...(a.visits + b.visits === 0 ? [] : [visits]),
    ...(kind === 'state' && a.ms + b.ms > 0 ? [`${durationText(a.ms)} in A, ${durationText(b.ms)} in B`] : []),
    ...(a.tokens === b.tokens ? [] : [`${plural(a.tokens, 'token')} in A, ${countText(b.tokens)} in B`]),
    ...(a.costUsd === b.costUsd ? [] : [`${usdText(a.costUsd)} in A, ${usdText(b.costUsd)} in B`]),
    ...(failures === 0 ? [] : [`${plural(a.failures, 'failure')} in A, ${b.failures} in B`]),
  ]
}

/** Of several findings about one part all marks stand on it. */
export function marksOf(findings: readonly Finding[]): ReadonlyMap<string, readonly Mark[]> {
  const marks = new Map<string, Mark[]>()
  for (const { id, mark } of findings) marks.set(id, [...(marks.get(id) ?? []), mark])
  return marks
}

/** `+1.2 s`, `−3`, `same`. */
export function deltaText(a: number, b: number, text: (value: number) => string): string {
  if (text(a) === text(b)) return 'same'
  return `${b > a ? '+' : '−'}${text(Math.abs(b - a))}`
}
