// Task run
// How one task went, from the rows of the history: who did what when, what was waited for, what it cost, where the time went. Pure.
//
// R1. A span that has not ended lasts until now, and has no `to`.
// R2. The time of a model call is what the call itself took; what its effect waited before that was spent in a queue.
import type { RunCall, RunEffect, RunTurn, TaskRun } from '../../history/read-task-run.ts'
import { criticalPath, type Lasting } from './critical-path.ts'
import type { HumanStates } from './human-states.ts'
import { timeSplit, type Stretch, type TimeSplit } from './time-split.ts'

export type SpanKind = 'task' | 'agent' | 'llm' | 'tool' | 'human' | 'retry' | 'queue'

export interface Span {
  readonly actor: string
  /** Of a task or an agent: the task it works for. */
  readonly parent?: string
  readonly label: string
  readonly kind: SpanKind
  /** Epoch milliseconds. */
  readonly from: number
  readonly to?: number
  /** Absent: not known yet. */
  readonly ok?: boolean
}

export interface RunView {
  readonly spans: readonly Span[]
  readonly critical: readonly string[]
  readonly cost: readonly { readonly actor: string; readonly costUsd: number; readonly tokens: number; readonly calls: number }[]
  readonly time: TimeSplit
}

export function viewOf(run: TaskRun, human: HumanStates, now: number): RunView {
  const actors = [...taskSpans(run), ...agentSpans(run)]
  const work = [...effectSpans(run), ...humanSpans(run.turns, human), ...retrySpans(run.turns), ...choosingSpans(run)]
  const [root] = actors
  const whole = { from: root?.from ?? now, to: root?.to ?? now }
  const stretches = work.flatMap(({ kind, from, to = now }): Stretch[] => (kind === 'task' || kind === 'agent' ? [] : [{ kind, from, to }]))
  return {
    spans: [...actors, ...work].toSorted((one, other) => one.from - other.from),
    critical: criticalPath(
      actors.map((span): Lasting => ({ actor: span.actor, parent: span.parent, from: span.from, to: Math.min(span.to ?? now, whole.to) })),
    ),
    cost: costOf(run.calls),
    time: timeSplit(stretches, whole),
  }
}

/** The task itself first. */
function taskSpans({ task, steps }: TaskRun): readonly Span[] {
  const actorOf = new Map([task, ...steps].map(({ id, actor }) => [id, actor]))
  return [task, ...steps].map(({ id, actor, parent, submittedAt, finishedAt, status }) => {
    const above = actor === task.actor ? undefined : (actorOf.get(parent ?? '') ?? task.actor)
    return {
      actor,
      ...(above !== undefined && { parent: above }),
      label: actor === task.actor ? `task ${id}` : `step ${id}`,
      kind: 'task' as const,
      from: (submittedAt ?? finishedAt ?? new Date(0)).getTime(),
      ...(finishedAt && { to: finishedAt.getTime(), ok: status === 'completed' }),
    }
  })
}

const agentSpans = ({ executions }: TaskRun): readonly Span[] =>
  executions.flatMap(({ actor, agentActor, agent, model, status, startedAt, finishedAt }) =>
    startedAt
      ? [
          {
            actor: agentActor ?? actor,
            parent: actor,
            label: model === null || model === undefined ? agent : `${agent}@${model}`,
            kind: 'agent' as const,
            from: startedAt.getTime(),
            ...(finishedAt && { to: finishedAt.getTime(), ok: status === 'succeeded' }),
          },
        ]
      : [],
  )

const thinking = 'think'
/** Shorter than this, a wait before a call is none. */
const queueMsMin = 5

function effectSpans({ effects, calls, turns }: TaskRun): readonly Span[] {
  const callAt = new Map(calls.map((call) => [placeOf(call), call]))
  const toolsAt = new Map(turns.map((turn) => [placeOf(turn), turn.tools]))
  return effects.flatMap((effect): Span[] => {
    if (effect.src === thinking) return modelSpans(effect, callAt.get(placeOf(effect)))
    const tools = toolsAt.get(placeOf(effect)) ?? []
    return [{ ...spanOf(effect), label: tools.length > 0 ? tools.join(', ') : effect.src, kind: 'tool' }]
  })
}

/** R2 */
function modelSpans(effect: RunEffect, call: RunCall | undefined): Span[] {
  const whole = spanOf(effect)
  const label = call?.model ?? 'model call'
  const began = call && whole.to !== undefined ? Math.max(whole.from, whole.to - Math.round(call.latencyMs)) : whole.from
  if (began - whole.from < queueMsMin) return [{ ...whole, label, kind: 'llm' }]
  const { actor, from } = whole
  return [
    { actor, label: `waiting for ${label}`, kind: 'queue', from, to: began, ok: true },
    { ...whole, label, kind: 'llm', from: began },
  ]
}

const spanOf = ({ actor, startedAt, finishedAt, status }: RunEffect) => ({
  actor,
  from: startedAt.getTime(),
  ...(finishedAt && { to: finishedAt.getTime(), ok: status === 'succeeded' }), // R1
})

/** The entry of the log that ended an effect is the one whose turn told what came of it. */
const placeOf = ({ partition, seq, index }: { readonly partition: number; readonly seq: number; readonly index: number }): string =>
  `${partition}.${seq}.${index}`

/** From the turn that began to wait for a person to the one that went on. */
const humanSpans = (turns: readonly RunTurn[], human: HumanStates): readonly Span[] =>
  spansWhile(turns, { kind: 'human', label: 'a person' }, ({ actor, state }) => human.waits(actor.split('/', 2)[1] ?? '', state))

/** The state of an agent between two tries of a model call. */
const backingOff = '"backingOff"'
const retrySpans = (turns: readonly RunTurn[]): readonly Span[] =>
  spansWhile(turns, { kind: 'retry', label: 'before another try' }, ({ state }) => JSON.stringify(state ?? null).includes(backingOff))

/** From the first turn of which it is so to the next of that actor of which it is not. */
function spansWhile(turns: readonly RunTurn[], what: Pick<Span, 'kind' | 'label'>, isSo: (turn: RunTurn) => boolean): readonly Span[] {
  const spans: Span[] = []
  const begun = new Map<string, number>()
  for (const turn of turns) {
    const { actor, at } = turn
    const since = begun.get(actor)
    const is = isSo(turn)
    if (is && since === undefined) begun.set(actor, at.getTime())
    if (is || since === undefined) continue
    begun.delete(actor)
    spans.push({ actor, ...what, from: since, to: at.getTime(), ok: true })
  }
  return [...spans, ...[...begun].map(([actor, from]): Span => ({ actor, ...what, from }))]
}

/** Before its first agent a task waits for memories and a coordinator. */
const choosingSpans = ({ task, steps, executions }: TaskRun): readonly Span[] =>
  [task, ...steps].flatMap((one): Span[] => {
    const first = executions.find(({ actor, startedAt }) => actor === one.actor && startedAt)?.startedAt ?? one.finishedAt
    if (!one.submittedAt) return []
    const from = one.submittedAt.getTime()
    return [{ actor: one.actor, label: 'choosing an agent', kind: 'queue', from, ...(first && { to: first.getTime(), ok: true }) }]
  })

function costOf(calls: readonly RunCall[]): RunView['cost'] {
  const sums = new Map<string, { costUsd: number; tokens: number; calls: number }>()
  for (const { actor, costUsd, inputTokens, outputTokens } of calls) {
    const sum = sums.get(actor) ?? { costUsd: 0, tokens: 0, calls: 0 }
    sums.set(actor, { costUsd: sum.costUsd + costUsd, tokens: sum.tokens + inputTokens + outputTokens, calls: sum.calls + 1 })
  }
  return [...sums]
    .map(([actor, sum]) => ({ actor, ...sum }))
    .toSorted((one, other) => other.costUsd - one.costUsd || other.tokens - one.tokens)
}
