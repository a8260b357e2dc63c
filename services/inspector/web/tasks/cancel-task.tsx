import { useState } from 'preact/hooks'
import { post, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Failed } from '../components/states.tsx'
import { toast } from '../components/toasts.tsx'

/** Ends a task that runs; its agents are cancelled with it. */
export function CancelTask({ id, onClose, onDone }: { readonly id: string; onClose(): void; onDone(): void }) {
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    const answer = await post<unknown>(`/tasks/${encodeURIComponent(id)}/cancel`, { reason })
    setBusy(false)
    if (!answer.ok) return setProblem(answer.problem)
    toast('Cancelled', id)
    onDone()
    onClose()
  }
  return (
    <Dialog title={`Cancel task ${id}`} onClose={onClose}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <p>The agents that work for it end with it. What they did so far stays in the log.</p>
        <label>
          Why; it is written down
          <input class="field" required value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        {problem && <Failed problem={problem} />}
        <div class="buttons end">
          <Button submit acts kind="danger" icon="stop" disabled={isBusy}>
            Cancel the task
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
