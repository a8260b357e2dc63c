// Approval card
// What waits for a person, and the person's word. A late word decides nothing else: it names the call that was shown.
import { useState } from 'preact/hooks'
import { post, type Problem } from '../api.ts'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Failed } from '../components/states.tsx'
import { toast } from '../components/toasts.tsx'
import { durationText, typeOf } from '../format.ts'
import { agentPath, pathOf } from '../place.ts'
import { useNow } from '../use-rows.ts'
import { nameOf } from './lanes.ts'
import type { Approval } from './wire.ts'

const titles = { approval: 'Approval needed', budget: 'Budget used up', task: 'A person is asked', other: 'A person is asked' } as const
const usdDefault = '0.05'
const soonMs = 120_000

export interface ApprovalCardProps {
  readonly approval: Approval
  /** Beside its task it need not say whose it is. */
  readonly withTask?: boolean
  onDone(): void
}

interface Word {
  readonly reason: string
  readonly usd: string
  readonly answer: string
}

/** What is sent for a word; a call is named, so that it decides no later one. */
function bodyOf({ actor, calls = [], kind }: Approval, decision: 'approve' | 'deny', { reason, usd, answer }: Word): object {
  const call = calls[0] && { call: calls[0].id }
  if (decision === 'deny') return { actor, decision, ...call, ...(reason.trim() !== '' && { reason: reason.trim() }) }
  if (kind === 'budget') return { actor, decision, addUsd: Number(usd) }
  return { actor, decision, ...call, ...(kind === 'task' && answer.trim() !== '' && { answer: answer.trim() }) }
}

export function ApprovalCard({ approval, withTask = false, onDone }: ApprovalCardProps) {
  const { actor, step, calls = [], kind = 'approval', taskId } = approval
  const [isDenying, setDenying] = useState(false)
  const [word, setWord] = useState<Word>({ reason: '', usd: usdDefault, answer: '' })
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const say = async (decision: 'approve' | 'deny'): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    const told = await post<unknown>('/approvals', bodyOf(approval, decision, word))
    setBusy(false)
    if (!told.ok) return setProblem(told.problem)
    toast(decision === 'approve' ? 'Approved' : 'Denied', nameOf(actor))
    onDone()
  }
  const approveText = kind === 'task' && word.answer.trim() !== '' ? 'Answer' : 'Approve'
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
        {calls.map((call) => (
          <pre key={call.id} class="code-block" tabIndex={0} aria-label={`Arguments of ${call.name}`}>
            <strong>{call.name}</strong> {JSON.stringify(call.arguments, undefined, 2)}
          </pre>
        ))}
        <Asked kind={isDenying ? 'deny' : kind} word={word} onWord={setWord} />
        {problem && <Failed problem={problem} />}
        <div class="buttons">
          {!isDenying && (
            <Button kind="primary" icon="check" disabled={isBusy} onClick={() => void say('approve')}>
              {approveText}
            </Button>
          )}
          <Button kind="danger" icon="close" disabled={isBusy} onClick={() => (isDenying ? void say('deny') : setDenying(true))}>
            {isDenying ? 'Deny it' : 'Deny…'}
          </Button>
          {isDenying && (
            <Button kind="ghost" onClick={() => setDenying(false)}>
              Back
            </Button>
          )}
        </div>
      </div>
    </section>
  )
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
