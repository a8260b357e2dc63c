// Approval card
// What waits for a person, and the person's word. A late word decides nothing else: it names the call that was shown.
import { useState } from 'preact/hooks'
import { post, type Problem } from '../api.ts'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Failed } from '../components/states.tsx'
import { toast, toastProblem } from '../components/toasts.tsx'
import { durationText, typeOf } from '../format.ts'
import { agentPath, pathOf } from '../place.ts'
import { useNow } from '../use-rows.ts'
import { nameOf } from './lanes.ts'
import { ApprovalCalls, editsIn, type Drafts } from './approval-calls.tsx'
import type { Approval } from './wire.ts'

const titles = { approval: 'Approval needed', budget: 'Budget used up', task: 'A person is asked', other: 'A person is asked' } as const
const usdDefault = '0.05'
const soonMs = 120_000

/** Of a card: what was written for one call is not for the next one. */
export const keyOf = ({ actor, calls = [] }: Approval): string => `${actor} ${calls[0]?.id ?? ''}`

export interface ApprovalCardProps {
  readonly approval: Approval
  /** Beside its task it need not say whose it is. */
  readonly withTask?: boolean
  onDone(): void
}

/** Looked at, about to be denied, or with its arguments in fields. */
type Mode = 'look' | 'deny' | 'edit'

interface Word {
  readonly reason: string
  readonly usd: string
  readonly answer: string
  readonly drafts: Drafts
}

const blank: Word = { reason: '', usd: usdDefault, answer: '', drafts: new Map() }

/** What is sent for a word; a call is named, so that it decides no later one. */
function bodyOf({ actor, calls = [], kind }: Approval, decision: 'approve' | 'deny', { reason, usd, answer, drafts }: Word): object {
  const call = calls[0] && { call: calls[0].id }
  if (decision === 'deny') return { actor, decision, ...call, ...(reason.trim() !== '' && { reason: reason.trim() }) }
  if (kind === 'budget') return { actor, decision, addUsd: Number(usd) }
  const editedArgs = editsIn(calls, drafts)
  return {
    actor,
    decision,
    ...call,
    ...(editedArgs && { editedArgs }),
    ...(kind === 'task' && answer.trim() !== '' && { answer: answer.trim() }),
  }
}

export function ApprovalCard({ approval, withTask = false, onDone }: ApprovalCardProps) {
  const { actor, step, calls = [], kind = 'approval', taskId } = approval
  const [mode, setMode] = useState<Mode>('look')
  const [word, setWord] = useState<Word>(blank)
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const isUnread = [...word.drafts.values()].some(({ faults }) => faults.size > 0)
  const say = async (decision: 'approve' | 'deny'): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    const told = await post<unknown>('/approvals', bodyOf(approval, decision, word))
    setBusy(false)
    if (!told.ok && !isOver(told.problem)) return setProblem(told.problem)
    if (told.ok) toast(decision === 'approve' ? 'Approved' : 'Denied', nameOf(actor))
    else toastProblem('It waits no longer', told.problem)
    onDone()
  }
  const to = (next: Mode): void => {
    if (mode === 'edit' && next === 'look') setWord({ ...word, drafts: new Map() })
    setProblem(undefined)
    setMode(next)
  }
  return (
    <section class="panel urgent approval" aria-label={`${titles[kind]}: ${nameOf(actor)}`}>
      <header>
        <Icon name="person" />
        <h2>{titles[kind]}</h2>
        <span class="space" />
        <Deadline approval={approval} />
      </header>
      <div class="panel-body stacked">
        <p>
          <a href={agentPath(actor)}>{nameOf(actor)}</a>
          {withTask && taskId !== undefined && typeOf(actor) !== 'task' && (
            <>
              {' for '}
              <a href={pathOf({ page: 'tasks', id: taskId })}>task {taskId}</a>
            </>
          )}
          {': '}
          {step}
        </p>
        <ApprovalCalls
          calls={calls}
          isEditing={mode === 'edit'}
          drafts={word.drafts}
          faults={problem?.faults ?? []}
          onDrafts={(drafts) => setWord({ ...word, drafts })}
        />
        <Asked kind={mode === 'deny' ? 'deny' : kind} word={word} onWord={setWord} />
        {problem && <Refused problem={problem} />}
        <Choices
          mode={mode}
          approveText={textOf(kind, word, editsIn(calls, word.drafts) !== undefined)}
          canEdit={calls.length > 0}
          canApprove={!isUnread}
          isBusy={isBusy}
          onMode={to}
          onSay={(decision) => void say(decision)}
        />
      </div>
    </section>
  )
}

interface ChoicesProps {
  readonly mode: Mode
  readonly approveText: string
  readonly canEdit: boolean
  readonly canApprove: boolean
  readonly isBusy: boolean
  onMode(mode: Mode): void
  onSay(decision: 'approve' | 'deny'): void
}

const Choices = ({ mode, approveText, canEdit, canApprove, isBusy, onMode, onSay }: ChoicesProps) => (
  <div class="buttons">
    {mode !== 'deny' && (
      <Button kind="primary" icon="check" acts disabled={isBusy || !canApprove} onClick={() => onSay('approve')}>
        {approveText}
      </Button>
    )}
    <Button kind="danger" icon="close" acts disabled={isBusy} onClick={() => (mode === 'deny' ? onSay('deny') : onMode('deny'))}>
      {mode === 'deny' ? 'Deny it' : 'Deny…'}
    </Button>
    {canEdit && mode === 'look' && (
      <Button kind="ghost" acts disabled={isBusy} onClick={() => onMode('edit')}>
        Edit arguments
      </Button>
    )}
    {mode !== 'look' && (
      <Button kind="ghost" disabled={isBusy} onClick={() => onMode('look')}>
        {mode === 'deny' ? 'Back' : 'As it was'}
      </Button>
    )}
  </div>
)

const Refused = ({ problem }: { readonly problem: Problem }) =>
  isAtFields(problem) ? (
    <p class="bad-text" role="alert">
      These arguments do not fit; each field says why.
    </p>
  ) : (
    <Failed problem={problem} />
  )

/** Every fault stands beside its field. */
const isAtFields = ({ faults = [] }: Problem): boolean =>
  faults.length > 0 && faults.every((fault) => /^editedArgs\.[^:]+\.[^.:]+: /.test(fault))

/** Somebody else was first, or nobody came in time: it waits no longer. */
const isOver = ({ code }: Problem): boolean => code === 'TR_APPROVAL_ANSWERED' || code === 'TR_APPROVAL_EXPIRED'

function textOf(kind: Approval['kind'], { answer }: Word, isEdited: boolean): string {
  if (kind === 'task' && answer.trim() !== '') return 'Answer'
  return isEdited ? 'Approve with changes' : 'Approve'
}

interface AskedProps {
  readonly kind: Approval['kind'] | 'deny'
  readonly word: Word
  onWord(word: Word): void
}

/** What a person may say beside yes and no. */
function Asked({ kind, word, onWord }: AskedProps) {
  if (kind === 'deny')
    return (
      <label>
        Why not; whoever asked is told
        <textarea class="field" rows={2} value={word.reason} onInput={(event) => onWord({ ...word, reason: event.currentTarget.value })} />
      </label>
    )
  if (kind === 'budget')
    return (
      <label>
        How many more dollars it gets
        <input
          class="field"
          type="number"
          min="0"
          step="any"
          required
          value={word.usd}
          onInput={(event) => onWord({ ...word, usd: event.currentTarget.value })}
        />
      </label>
    )
  return kind === 'task' ? (
    <label>
      Your own answer; left empty, the agents go on
      <textarea class="field" rows={2} value={word.answer} onInput={(event) => onWord({ ...word, answer: event.currentTarget.value })} />
    </label>
  ) : null
}

function Deadline({ approval: { since, expiresAt } }: { readonly approval: Approval }) {
  const now = useNow(1_000)
  if (expiresAt === undefined) return <Badge>waits {durationText(Math.max(0, now - since))}</Badge>
  const left = expiresAt - now
  return <Badge tone={left < soonMs ? 'bad' : 'warn'}>{left > 0 ? `${durationText(left)} left` : 'time is up'}</Badge>
}
