// Lessons
// What a tenant's executions taught, as short texts and as pseudo-outcomes for a decision. Pure: the world keeps and finds them.
// Nearest neighbours as evidence: T. Cover and P. Hart 1967 (nearest neighbours decide); S. Dudani 1976 (weights that fall with distance).
import type { ArmId } from './selection/types.ts'
import type { TaskType } from './task-events.ts'

/** The keeper of a tenant's lessons: type and key of its address. */
export const lessonsType = 'lessons'
export const lessonsKey = 'main'

export const lessonLimits = {
  /** Characters of a prompt that are embedded, of a lesson's text, of a name, of the key. */
  promptCharactersMax: 600,
  textCharactersMax: 480,
  nameCharactersMax: 128,
  keyCharactersMax: 256,
  /** Lessons looked at for one decision. */
  nearestMax: 8,
  /** A lesson that is less alike, by the cosine, says nothing about this task. */
  scoreMin: 0.6,
  /** All lessons on one arm together count as this many outcomes at most. */
  armWeightMax: 2,
  /** Texts that a task is given. */
  textsMax: 3,
} as const

/** What a task tells after an execution. */
export interface LessonRecord {
  readonly type: 'lesson.record'
  readonly taskId: string
  /** Tells the executions of one task apart; absent: the arm does, since a task tries each one once. */
  readonly executionId?: string
  readonly taskType: TaskType
  readonly prompt: string
  readonly arm: ArmId
  readonly ok: boolean
  /** 0 to 1. */
  readonly reward: number
  readonly reason?: string
}

export const failureKinds = ['timeout', 'budget', 'tool', 'model', 'refusal', 'no-answer', 'invalid', 'other'] as const
export type FailureKind = (typeof failureKinds)[number]

/** What is remembered of one execution. */
export interface Lesson {
  /** The execution, so that one told twice is kept once. */
  readonly key: string
  readonly taskId: string
  readonly taskType: TaskType
  readonly arm: ArmId
  readonly ok: boolean
  readonly reward: number
  readonly failure?: FailureKind
  /** What is embedded. */
  readonly prompt: string
  /** What a person or a model reads. */
  readonly text: string
  readonly at: number
}

/** A lesson found, and how much its task is like the one at hand: a cosine. */
export type Found = Pick<Lesson, 'arm' | 'reward' | 'text'> & { readonly score: number }

export interface RecallInput {
  readonly prompt: string
  readonly taskType: TaskType
}

export interface Recalled {
  /** For `SelectionRequest.similar`. */
  readonly similar: Readonly<Record<ArmId, { readonly gained: number; readonly lost: number }>>
  readonly lessons: readonly string[]
}

export const nothingRecalled: Recalled = { similar: {}, lessons: [] }

/** The same record gives the same lesson, and none is longer than the limits. */
export function lessonOf(record: LessonRecord, at: number): Lesson {
  const ok = record.ok
  const reward = rewardOf(record)
  const failure = ok ? undefined : failureKindOf(record.reason ?? '')
  const prompt = promptOf(record.prompt)
  const names = { key: lessonKeyOf(record), taskId: nameOf(record.taskId), arm: nameOf(record.arm), taskType: nameOf(record.taskType) }
  const text = textOf({ ...names, ok, reward, prompt, reason: record.reason, failure })
  return { ...names, ok, reward, ...(failure && { failure }), prompt, text, at }
}

/** The execution that a record is about. */
export const lessonKeyOf = ({ taskId, executionId, arm }: LessonRecord): string =>
  cut(`${taskId}/${executionId ?? arm}`, lessonLimits.keyCharactersMax)

/** A name as a lesson holds it. */
export const nameOf = (name: string): string => cut(name, lessonLimits.nameCharactersMax)

/** What is embedded of a prompt: the same when a lesson is kept and when it is looked for. */
export const promptOf = (prompt: string): string => cut(prompt, lessonLimits.promptCharactersMax) || '(nothing was asked)'

/** Pseudo-outcomes by arm and the texts of the nearest: what lies just above the floor counts for little, the same prompt for one outcome. */
export function recalledFrom(found: readonly Found[]): Recalled {
  const { scoreMin, nearestMax, textsMax } = lessonLimits
  const near = found
    .filter(({ score }) => score >= scoreMin)
    .toSorted((one, other) => other.score - one.score)
    .slice(0, nearestMax)
  const arms = new Map<ArmId, { gained: number; lost: number }>()
  for (const { arm, reward, score } of near) {
    const weight = Math.min(1, (score - scoreMin) / (1 - scoreMin))
    const { gained, lost } = arms.get(arm) ?? { gained: 0, lost: 0 }
    arms.set(arm, { gained: gained + weight * reward, lost: lost + weight * (1 - reward) })
  }
  const similar = Object.fromEntries([...arms].map(([arm, sums]) => [arm, bounded(sums)] as const))
  return { similar, lessons: [...new Set(near.map(({ text }) => text))].slice(0, textsMax) }
}

function bounded({ gained, lost }: { readonly gained: number; readonly lost: number }) {
  const scale = Math.min(1, lessonLimits.armWeightMax / Math.max(gained + lost, Number.MIN_VALUE))
  return { gained: gained * scale, lost: lost * scale }
}

/** In this order: the first that fits. The words are those that agents, models and tools give as reasons; nothing but a lesson's text depends on it. */
const failureWords: readonly (readonly [FailureKind, RegExp])[] = [
  ['budget', /\bbudget\b|used up|quota|TR_BUDGET/i],
  ['refusal', /\bfiltered\b|\bdeclined\b|\bdenied\b|content policy|refused to answer|cannot help with/i],
  ['timeout', /\bdeadline\b|time[d-]?[ -]?out|TIMEOUT|not answer in time|within \d+ ms/i],
  ['no-answer', /empty answer|no answer|without an answer|nobody (?:approved|agreed)/i],
  ['invalid', /\binvalid\b|not JSON|schema|malformed|cannot be read|no citation|TR_\w+_INVALID/i],
  ['model', /\bmodel\b|TR_LLM|endpoint/i],
  ['tool', /\btool\b|\bfile\b|\bfolder\b|\bsearch/i],
]

/** A word for why it failed, of a text for people. */
export const failureKindOf = (reason: string): FailureKind => failureWords.find(([, words]) => words.test(reason))?.[0] ?? 'other'

/** A reward that is none is what the outcome alone says. */
function rewardOf({ ok, reward }: LessonRecord): number {
  if (!Number.isFinite(reward)) return ok ? 1 : 0
  return Math.min(1, Math.max(0, reward))
}

type Told = Pick<Lesson, 'taskType' | 'arm' | 'ok' | 'reward' | 'prompt'> & {
  readonly reason: string | undefined
  readonly failure: FailureKind | undefined
}

const askedCharactersMax = 160
const armCharactersMax = 80
const reasonCharactersMax = 140

/** What was asked, who did it, how it went, why it failed. */
function textOf({ taskType, arm, ok, reward, prompt, reason, failure }: Told): string {
  const asked = `${cut(taskType, armCharactersMax)} “${cut(prompt, askedCharactersMax)}”: ${cut(arm, armCharactersMax)}`
  const went = ok ? `did it (reward ${reward.toFixed(2)})` : `failed, ${failure ?? 'other'}`
  const why = ok || reason === undefined ? '' : `: ${cut(reason, reasonCharactersMax)}`
  return cut(`${asked} ${went}${why}`, lessonLimits.textCharactersMax)
}

/** On one line, without what a terminal would obey, and never in the middle of a character. */
function cut(text: string, charactersMax: number): string {
  const line = text
    .slice(0, charactersMax * slack)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  if (line.length <= charactersMax) return line.toWellFormed()
  return `${line
    .slice(0, charactersMax - 1)
    .toWellFormed()
    .trimEnd()}…`
}

/** So much is read of a text at most, as a multiple of what is kept: white space may go. */
const slack = 4
