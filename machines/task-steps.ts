// Task steps
// The steps of a plan while they are done: each is a task of its own, told apart by its name. Which may start, what they are given, what they leave. Pure.
//
// S1. A step starts when all it waits for have ended, once, and at most `stepsAtOnce` run together.
// S2. A step that fails fails the task, unless it is optional; what waits for an optional one goes on without its answer.
// S3. What is kept and passed on of an answer is bounded.
import { addSources, clip } from './agent-words.ts'
import type { CitationFact, TaskType, UsageFact } from './task-events.ts'

export const stepsAtOnce = 4
/** Steps that one step may wait for. */
export const placesMax = 20
/** Of each answer, kept and told. */
const answerCharsMax = 8_000
/** Of all answers that one step, or the agent that joins them, is given. */
const givenCharsMax = 24_000

export interface PlannedStep {
  readonly id: string
  readonly taskType: TaskType
  readonly prompt: string
  readonly file?: string
  readonly after: readonly string[]
  /** The task goes on when it fails. */
  readonly optional: boolean
  /** It is divided again. */
  readonly plan: boolean
}

export interface Step extends PlannedStep {
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly answer: string
  readonly citations: readonly CitationFact[]
  readonly reason: string
  /** Time spent working on the longest way to its end, from the first step on. */
  readonly pathMs: number
  readonly model: string
  readonly offline: boolean
}

/** What a step's task says when it has ended: to the task it belongs to. */
export interface StepEnded {
  readonly type: 'step.ended'
  readonly taskId: string
  readonly ok: boolean
  readonly answer: string
  readonly citations: readonly CitationFact[]
  readonly reason: string
  readonly usage: UsageFact
  readonly workedMs: number
  readonly model: string
  readonly offline: boolean
}

export const stepOf = (planned: PlannedStep): Step => ({
  ...planned,
  state: 'waiting',
  answer: '',
  citations: [],
  reason: '',
  pathMs: 0,
  model: '',
  offline: false,
})

/** The key of its task. */
export const stepKey = (taskKey: string, stepId: string): string => `${taskKey}.${stepId}`

export const isEnded = ({ state }: Step): boolean => state === 'done' || state === 'failed'

/** S1: those that start now, in the order of the plan. */
export function readySteps(steps: readonly Step[]): readonly Step[] {
  const ended = new Set(steps.filter(isEnded).map(({ id }) => id))
  const running = steps.filter(({ state }) => state === 'running').length
  const ready = steps.filter(({ state, after }) => state === 'waiting' && after.every((id) => ended.has(id)))
  return ready.slice(0, Math.max(0, stepsAtOnce - running))
}

/** S2: the one for which the task fails. */
export const failedStep = (steps: readonly Step[]): Step | undefined => steps.find(({ state, optional }) => state === 'failed' && !optional)

export function endStep(steps: readonly Step[], id: string, ended: Omit<StepEnded, 'type' | 'taskId' | 'usage'>): readonly Step[] {
  const { ok, answer, citations, reason, workedMs, model, offline } = ended
  return steps.map((step) =>
    step.id === id && step.state === 'running'
      ? {
          ...step,
          state: ok ? ('done' as const) : ('failed' as const),
          answer: clip(answer, answerCharsMax), // S3
          citations: addSources([], citations),
          reason,
          pathMs: pathBefore(steps, step) + Math.max(0, workedMs),
          model,
          offline,
        }
      : step,
  )
}

/** Time spent on the longest way to where this step starts. */
export const pathBefore = (steps: readonly Step[], { after }: Step): number =>
  Math.max(0, ...steps.filter(({ id }) => after.includes(id)).map(({ pathMs }) => pathMs))

export const pathOf = (steps: readonly Step[]): number => Math.max(0, ...steps.map(({ pathMs }) => pathMs))

/** What a step is asked: its prompt, and the answers of those it waited for. The offline model reads what follows the line of findings as material. */
export function stepPrompt(steps: readonly Step[], step: Step): string {
  const given = steps.filter(({ id }) => step.after.includes(id))
  return given.length === 0 ? step.prompt : `${step.prompt}\n\n${findingsText(given)}`
}

/** What the agent that joins the answers is asked. */
export const joinPrompt = (prompt: string, steps: readonly Step[]): string => `${prompt}\n\n${findingsText(steps)}`

function findingsText(steps: readonly Step[]): string {
  const charsMax = Math.floor(givenCharsMax / Math.max(1, steps.length))
  const told = steps.map(({ id, state, answer, reason }) =>
    state === 'done' ? `${id}: ${clip(answer, charsMax)}` : `${id}: (no answer: ${reason})`,
  )
  return ['Findings of earlier steps:', ...told].join('\n')
}

export const sourcesOf = (steps: readonly Step[]): readonly CitationFact[] =>
  addSources(
    [],
    steps.flatMap(({ citations }) => citations),
  )

/** All answers under the names of their steps. */
export const concatAnswers = (steps: readonly Step[]): string =>
  steps
    .filter(({ state }) => state === 'done')
    .map(({ id, answer }) => `## ${id}\n${answer}`)
    .join('\n\n')
