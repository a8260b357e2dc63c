// Task team
// When several agents answer one question: whether two answers are the same, and whether what has come in settles it. Pure.
// Comparison is of texts, not of meanings: 'Paris.' and 'paris' agree, 'Paris' and 'the capital of France' do not.
// Majority of independent samples: Wang et al. 2022 (self-consistency); quorum: Gifford 1979.
import type { AgentOutput } from './agent-task.ts'
import { canonicalJson, readJson } from './json-text.ts'
import type { Comparison, Team } from './task-submit.ts'

/** A longer answer is compared with none: it would cost too much, and two of that length that are equal are none of chance. */
export const comparedCharsMax = 20_000

/** One agent's part in a round. */
export interface Ballot {
  /** What it answered; undefined while it works, or when it gave none. */
  readonly output: AgentOutput | undefined
  /** It may still answer. */
  readonly open: boolean
  /** Predicted when it was chosen, 0 to 1. */
  readonly success: number
}

export type Verdict =
  | { readonly kind: 'open' }
  /** Which ballot's answer stands, and which share of the answers says the same. */
  | { readonly kind: 'accepted'; readonly ballot: number; readonly agreement: number }
  /** Answers, but none that the rule accepts; `ballot` is the one with the most support. */
  | { readonly kind: 'disagreed'; readonly ballot: number; readonly agreement: number }
  | { readonly kind: 'failed' }

export interface Strictness {
  /** The share of the answers that must say the same, where several answer. */
  readonly agreementMin: number
  /** A vote in which everybody says something else settles nothing; else the answer that was predicted to be best stands. */
  readonly splitFails: boolean
}

const lenient: Strictness = { agreementMin: 0, splitFails: false }

export function verdictOf(team: Team, ballots: readonly Ballot[], { agreementMin, splitFails }: Strictness = lenient): Verdict {
  const groups = groupsOf(ballots, team.compare)
  const open = ballots.filter((ballot) => ballot.open).length
  const [leader, second] = groups
  if (!leader) return open > 0 ? { kind: 'open' } : { kind: 'failed' }
  const answers = groups.reduce((sum, { members }) => sum + members.length, 0)
  const agreement = leader.members.length / answers
  const found = { ballot: bestOf(leader.members, ballots), agreement }
  switch (team.rule) {
    case 'first-good':
      return { kind: 'accepted', ballot: Math.min(...groups.flatMap(({ members }) => members)), agreement: 1 }
    case 'quorum':
      if (leader.members.length >= team.agree && agreement >= agreementMin) return { kind: 'accepted', ...found }
      if (open > 0 && leader.members.length + open >= team.agree) return { kind: 'open' }
      return { kind: 'disagreed', ...found }
    case 'vote': {
      const decided = leader.members.length > (second?.members.length ?? 0) + open
      if (open > 0 && !(decided && agreementMin <= leader.members.length / (answers + open))) return { kind: 'open' }
      if ((splitFails && isSplit(groups.length, answers)) || agreement < agreementMin) return { kind: 'disagreed', ...found }
      return { kind: 'accepted', ...found }
    }
  }
}

/** Nobody says what another says. One that is left to answer alone has nobody to differ from. */
const isSplit = (groups: number, answers: number): boolean => answers > 1 && groups === answers

interface Group {
  readonly members: readonly number[]
  readonly success: number
}

/** Answers that are the same, the largest group first; ties go to the one whose agents were predicted to do best, then to the earliest. */
function groupsOf(ballots: readonly Ballot[], compare: Comparison): readonly Group[] {
  const byText = new Map<string, number[]>()
  for (const [at, { output }] of ballots.entries()) {
    if (!output?.ok) continue
    const text = comparable(output.answer, compare) ?? `too long to compare: ${at}`
    byText.set(text, [...(byText.get(text) ?? []), at])
  }
  const groups = [...byText.values()].map((members) => ({
    members,
    success: Math.max(...members.map((at) => ballots[at]?.success ?? 0)),
  }))
  return groups.toSorted((one, other) => other.members.length - one.members.length || other.success - one.success)
}

const bestOf = (members: readonly number[], ballots: readonly Ballot[]): number =>
  members.reduce((best, at) => ((ballots[at]?.success ?? 0) > (ballots[best]?.success ?? 0) ? at : best))

/** Of all answers that were given, the share that says what this one says. */
export function agreementOf(ballots: readonly Ballot[], at: number, compare: Comparison): number {
  const groups = groupsOf(ballots, compare)
  const answers = groups.reduce((sum, { members }) => sum + members.length, 0)
  const mine = groups.find(({ members }) => members.includes(at))
  return mine ? mine.members.length / answers : 0
}

const citation = /\[[^[\]\n]{1,300}:\d{1,9}(?:-\d{1,9})?\]/g

/**
 * What is compared of an answer; undefined when it is too long.
 * As text: without citations, in one case, white space as one space, Unicode as NFKC, without quotes around it and punctuation after it.
 * As JSON, where both are JSON: the value, whatever the order of its fields and the words around it; text else.
 */
export function comparable(answer: string, compare: Comparison): string | undefined {
  if (answer.length > comparedCharsMax) return undefined
  const value = compare === 'json' ? readJson(answer) : undefined
  if (value !== undefined) return canonicalJson(value)
  return answer
    .normalize('NFKC')
    .replaceAll(citation, ' ')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^["'“”‘’«»*_`(]+/, '')
    .replace(/[\s"'“”‘’«»*_`).,;:!?…]{1,40}$/, '')
}
