// Agent approval
// A person's word about calls that wait for it: as they are, with other arguments, or not at all. Pure.
//
// V1. What the model asked for is never lost: the fact of a decision has it beside what ran instead.
// V2. A decision is for the calls that wait: one that names another call, or another tool of it, decides nothing.
// V3. The model is told what ran instead of what it asked for.
import type { ModelToolCall, ToolAnswer } from './agent-task.ts'
import { canonicalJson } from './json-text.ts'
import { timeOf } from './message.ts'
import { redact } from './redact.ts'
import type { AgentFact } from './task-events.ts'

/** What a person says; `by` is who, as the door they came through knows them. */
export type PersonWord =
  /** `call`: the id of the first call that was shown; with it a late click decides nothing else. */
  | { readonly type: 'approve'; readonly call?: string; readonly edits?: readonly ModelToolCall[]; readonly by?: string }
  | { readonly type: 'deny'; readonly call?: string; readonly reason?: string; readonly by?: string }

/** What became of the calls that waited last. */
export interface PersonDecision {
  readonly decision: 'approved' | 'denied' | 'expired'
  /** Their ids. */
  readonly calls: readonly string[]
  readonly at: number
  readonly by?: string
}

/** The answer to an ask of `approve` or `deny`. */
export interface PersonHeard {
  readonly ok: true
  readonly decision: PersonDecision['decision']
  /** The calls that run with other arguments. */
  readonly edited: readonly string[]
}

interface Asking {
  readonly taskId: string
  readonly profile: { readonly name: string }
  readonly calls: readonly ModelToolCall[]
}

/** V2 */
export const isForCalls = (
  { calls }: Pick<Asking, 'calls'>,
  word: { readonly call?: string; readonly edits?: readonly ModelToolCall[] },
): boolean =>
  (word.call === undefined || calls[0]?.id === word.call) &&
  (word.edits ?? []).every(({ id, name }) => calls.some((call) => call.id === id && call.name === name))

export interface Decided {
  readonly calls: readonly ModelToolCall[]
  /** Those whose arguments a person changed, as they run. */
  readonly edited: readonly ModelToolCall[]
  readonly decided: PersonDecision
  readonly fact: Extract<AgentFact, { type: 'approval.decided' }>
  readonly heard: PersonHeard
}

/** `event`: the word, or the end of the time for it. */
export function decidedBy({ taskId, profile, calls }: Asking, event: PersonWord | { readonly type: string }): Decided {
  const word = event.type === 'approve' || event.type === 'deny' ? (event as PersonWord) : undefined
  const decision = word === undefined ? 'expired' : word.type === 'approve' ? 'approved' : 'denied'
  const given = word?.type === 'approve' ? (word.edits ?? []) : []
  const edited = given.filter((edit) => calls.some((call) => call.id === edit.id && isOther(call.arguments, edit.arguments)))
  const by = word?.by === undefined ? {} : { by: word.by }
  return {
    calls: calls.map((call) => edited.find(({ id, name }) => id === call.id && name === call.name) ?? call),
    edited,
    decided: { decision, calls: calls.map(({ id }) => id), at: timeOf(event), ...by },
    heard: { ok: true, decision, edited: edited.map(({ id }) => id) },
    fact: {
      type: 'approval.decided',
      taskId,
      agent: profile.name,
      decision,
      ...by,
      ...(word?.type === 'deny' && word.reason !== undefined && { reason: word.reason }),
      calls: calls.map(({ id, name, arguments: asked }) => ({ id, tool: name, asked: redact(asked), ...ranOf(edited, id) })), // V1
    },
  }
}

/** What is too deep to compare counts as changed. */
function isOther(one: unknown, other: unknown): boolean {
  const text = canonicalJson(one)
  return text === undefined || text !== canonicalJson(other)
}

function ranOf(edited: readonly ModelToolCall[], id: string): { readonly ran?: unknown } {
  const edit = edited.find((one) => one.id === id)
  return edit ? { ran: redact(edit.arguments) } : {}
}

const argumentsCharsMax = 2_000

/** V3: what the tools said, with a line before what a person changed. A secret that the person gave a tool is no word to a model. */
export const withNotes = (answers: readonly ToolAnswer[], edited: readonly ModelToolCall[]): readonly ToolAnswer[] =>
  edited.length === 0
    ? answers
    : answers.map((answer) => {
        const edit = edited.find(({ id }) => id === answer.id)
        if (!edit) return answer
        const ran = JSON.stringify(redact(edit.arguments)).slice(0, argumentsCharsMax)
        return { ...answer, text: `A person changed the arguments of this call; it ran with ${ran}.\n${answer.text}` }
      })
