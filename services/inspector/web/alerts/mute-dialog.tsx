// Mute dialog
// Mutes one alert, or all of its rule, for a time and for a reason that everybody can read.
import { useState } from 'preact/hooks'
import { post, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Failed } from '../components/states.tsx'
import { toast } from '../components/toasts.tsx'
import { clockText } from '../format.ts'
import type { Mute } from './wire.ts'

const spans: readonly (readonly [minutes: number, text: string])[] = [
  [15, '15 minutes'],
  [60, 'an hour'],
  [240, '4 hours'],
  [1_440, 'a day'],
  [10_080, 'a week'],
]
const reasonCharactersMax = 500

export interface MuteDialogProps {
  /** The alert, or the rule where there is none. */
  readonly target: { readonly id?: string; readonly kind: string; readonly title: string }
  onClose(): void
  onDone(): void
}

export function MuteDialog({ target, onClose, onDone }: MuteDialogProps) {
  const [isAll, setAll] = useState(target.id === undefined)
  const [minutes, setMinutes] = useState(60)
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    const answer = await post<Mute>('/alerts/mutes', { id: isAll ? target.kind : target.id, minutes, reason: reason.trim() })
    setBusy(false)
    if (!answer.ok) return setProblem(answer.problem)
    toast(
      `Muted until ${clockText(answer.value.until, { ms: false })}`,
      'It is still listed, and counted again when the mute ends by itself.',
    )
    onDone()
    onClose()
  }
  return (
    <Dialog title="Mute" onClose={onClose}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <p>
          <strong>{target.title}</strong>
        </p>
        {target.id !== undefined && target.id !== target.kind && (
          <label class="choice">
            <input type="checkbox" checked={isAll} onChange={(event) => setAll(event.currentTarget.checked)} />
            All of the rule <code>{target.kind}</code>
          </label>
        )}
        <label>
          For
          <select class="field" value={minutes} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
            {spans.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label>
          Why
          <input
            class="field"
            required
            maxLength={reasonCharactersMax}
            value={reason}
            placeholder="Known, the new machine comes on Monday"
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {problem && <Failed problem={problem} />}
        <div class="buttons end">
          <Button submit acts kind="primary" disabled={isBusy || reason.trim() === ''}>
            {isBusy ? 'Muting' : 'Mute'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
