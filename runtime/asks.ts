// Asks
// Who is answered, when, and with what (T3): at once by `reply`, by a refusal, or with the actor's output when it ends.
import type { ReplyTo } from '../machines/message.ts'
import { refusals } from './errors.ts'
import type { Draft, Group } from './group.ts'
import type { StoredAsk, StoredKeeping } from './statechart/index.ts'
import { refusalTo, type Cause, type Change, type Desk } from './entry.ts'

export function answerAsk(group: Group, draft: Draft, to: ReplyTo, value: unknown): void {
  group.reply(draft, to, { id: to.id, ok: true, value: value ?? null })
}

function refuseAsk(group: Group, draft: Draft, to: ReplyTo, refusal: { readonly code: string; readonly cause: string }): void {
  group.reply(draft, to, refusalTo(to.id, refusal))
}

/** Answers what this turn can answer; the asks that still wait are in the result. */
export function settleAsks(desk: Desk, draft: Draft, cause: Cause, change: Change): StoredKeeping {
  const { outcome, living } = change
  const keeping = outcome?.replies.some((reply) => reply.to !== undefined) ? answerEarlier(desk, draft, change) : change.keeping
  const replyTo = cause.message?.replyTo
  const ended = living.snapshot.status !== 'active' && keeping.restartDue === undefined
  if (!replyTo && !ended) return keeping
  const ask = replyTo && !answeredNow(desk, draft, cause, change) ? replyTo : undefined
  if (ended) {
    for (const waiting of ask ? [...keeping.asks, ask] : keeping.asks) answerWithEnd(desk, draft, waiting, change)
    return keeping.asks.length === 0 ? keeping : { ...keeping, asks: [] }
  }
  return ask && outcome ? keepAsk(desk, draft, cause, { keeping, ask }) : keeping
}

/** Those who asked in an earlier turn and are answered in this one. */
function answerEarlier({ group }: Desk, draft: Draft, { outcome, keeping }: Change): StoredKeeping {
  const answers = new Map(outcome?.replies.flatMap(({ to, value }) => (to === undefined ? [] : [[to, value] as const])))
  for (const ask of keeping.asks) if (answers.has(ask.message)) answerAsk(group, draft, ask, answers.get(ask.message))
  return { ...keeping, asks: keeping.asks.filter((ask) => !answers.has(ask.message)) }
}

function keepAsk(
  { group, options }: Desk,
  draft: Draft,
  cause: Cause,
  { keeping, ask }: { keeping: StoredKeeping; ask: ReplyTo },
): StoredKeeping {
  const open = keeping.asks.filter(({ deadline }) => deadline === undefined || deadline > group.now)
  if (open.length >= options.asksMax) {
    refuseAsk(group, draft, ask, {
      code: refusals.asksFull,
      cause: `${draft.actor}: ${open.length} asks wait already, the limit is ${options.asksMax}`,
    })
    return { ...keeping, asks: open }
  }
  const deadline = cause.message?.deadline
  const once = cause.message?.once
  const kept: StoredAsk = {
    message: cause.id,
    inbox: ask.inbox,
    id: ask.id,
    ...(deadline !== undefined && { deadline }),
    ...(once && { once }),
  }
  return { ...keeping, asks: [...open, kept] }
}

/** By a reply of this turn, or by a refusal when nothing took the event. */
function answeredNow({ group }: Desk, draft: Draft, cause: Cause, { outcome }: Change): boolean {
  const replyTo = cause.message?.replyTo
  if (!outcome || !replyTo) return false
  const answer = outcome.replies.find(({ to }) => to === undefined || to === cause.id)
  if (answer) answerAsk(group, draft, replyTo, answer.value)
  else if (!outcome.handled)
    refuseAsk(group, draft, replyTo, {
      code: refusals.notAccepted,
      cause: `${draft.actor} takes no '${cause.event.type}' in its present state`,
    })
  return answer !== undefined || !outcome.handled
}

function answerWithEnd({ group }: Desk, draft: Draft, ask: ReplyTo, { living }: Change): void {
  const { status, error, output } = living.snapshot
  if (status === 'done') return answerAsk(group, draft, ask, output)
  const cause = error instanceof Error ? error.message : `${draft.actor} ${status === 'error' ? 'failed' : 'was stopped'}`
  refuseAsk(group, draft, ask, { code: status === 'error' ? refusals.actorFailed : refusals.stopped, cause })
}
