// Rule dialog
// Sets what a rule fires at, how long that must last, and whether it is looked for at all.
import { useState } from 'preact/hooks'
import { put, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Failed } from '../components/states.tsx'
import { toast } from '../components/toasts.tsx'
import { fieldUnits, figureText, fromField, ruleText, toField } from './figures.ts'
import type { Rule } from './wire.ts'

const secondMs = 1_000

export function RuleDialog({ rule, onClose, onDone }: { readonly rule: Rule; onClose(): void; onDone(): void }) {
  const { kind, title, unit, threshold, thresholdDefault, min, max } = rule
  const [enabled, setEnabled] = useState(rule.enabled)
  const [figure, setFigure] = useState(unit && threshold !== undefined ? toField(unit, threshold) : '')
  const [seconds, setSeconds] = useState(String(rule.forMs / secondMs))
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const change = async (body: object): Promise<void> => {
    setBusy(true)
    const answer = await put<Rule>(`/alerts/rules/${encodeURIComponent(kind)}`, body)
    setBusy(false)
    if (!answer.ok) return setProblem(answer.problem)
    toast(answer.value.enabled ? `${title}: ${ruleText(answer.value)}` : `${title}: not looked for`)
    onDone()
    onClose()
  }
  const value = unit ? fromField(unit, figure) : undefined
  const lasts = Number(seconds)
  const isWrong = (value !== undefined && !(value >= (min ?? 0) && value <= (max ?? Infinity))) || !(lasts >= 0) || seconds.trim() === ''
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="stacked"
        onSubmit={(event) => {
          event.preventDefault()
          void change({ enabled, ...(value !== undefined && { threshold: value }), forMs: Math.round(lasts * secondMs) })
        }}
      >
        <label class="choice">
          <input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.currentTarget.checked)} />
          It is looked for
        </label>
        {unit && (
          <label>
            Fires at this or more, in {fieldUnits[unit]}
            <input class="field" inputMode="decimal" value={figure} onInput={(event) => setFigure(event.currentTarget.value)} />
            {min !== undefined && max !== undefined && (
              <span class="muted">
                {figureText(unit, min)} to {figureText(unit, max)}
                {thresholdDefault !== undefined && `; ${figureText(unit, thresholdDefault)} if nobody sets it`}
              </span>
            )}
          </label>
        )}
        <label>
          When it has lasted, in seconds
          <input class="field" inputMode="decimal" value={seconds} onInput={(event) => setSeconds(event.currentTarget.value)} />
        </label>
        {problem && <Failed problem={problem} />}
        <div class="buttons end">
          <Button acts disabled={isBusy || rule.changed === undefined} onClick={() => void change({ reset: true })}>
            As it was at first
          </Button>
          <Button submit acts kind="primary" disabled={isBusy || isWrong}>
            {isBusy ? 'Setting' : 'Set'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
