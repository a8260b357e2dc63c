// Drain dialog
// Asks before a worker is emptied, then shows how far it is, as long as somebody looks: the drain goes on when the dialog is closed.
import { useState } from 'preact/hooks'
import { post, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Progress } from '../components/progress.tsx'
import { Failed } from '../components/states.tsx'
import { plural } from '../format.ts'
import { drainOf } from './partition-load.ts'
import type { Worker } from './wire.ts'

export interface DrainDialogProps {
  /** As it was told last. */
  readonly worker: Worker
  /** Others that take its partitions. */
  readonly others: number
  onClose(): void
  onDone(): void
}

export function DrainDialog({ worker, others, onClose, onDone }: DrainDialogProps) {
  const [problem, setProblem] = useState<Problem | undefined>()
  const [step, setStep] = useState<'asks' | 'asking' | 'ordered'>('asks')
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setStep('asking')
    const answer = await post<unknown>(`/fleet/workers/${encodeURIComponent(worker.id)}/drain`, {})
    setProblem(answer.ok ? undefined : answer.problem)
    setStep(answer.ok ? 'ordered' : 'asks')
    onDone()
  }
  return (
    <Dialog title={`Drain ${worker.id}`} onClose={onClose}>
      {step === 'ordered' ? (
        <Going worker={worker} onClose={onClose} />
      ) : (
        <form class="stacked" onSubmit={(event) => void submit(event)}>
          <p>
            It gives its {plural(worker.owned.length, 'partition')} to the other workers and takes no new ones. Nothing is lost, and what
            runs goes on there. It is kept empty until the order is taken back.
          </p>
          {others === 0 && <p class="notice warn">No other worker can take them: messages wait until one comes.</p>}
          {problem && <Failed problem={problem} />}
          <div class="buttons end">
            <Button submit acts kind="primary" disabled={step === 'asking'}>
              {step === 'asking' ? 'Asking' : 'Drain it'}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}

function Going({ worker, onClose }: { readonly worker: Worker; onClose(): void }) {
  const { left, share } = drainOf(worker)
  return (
    <div class="stacked">
      <p role="status">
        {left === 0 ? 'It is empty: it may be stopped now.' : `${plural(left, 'partition')} left. This goes on when you close it.`}
      </p>
      <Progress label={`How far the drain of ${worker.id} is`} share={share} tone={left === 0 ? 'good' : 'accent'} />
      <div class="buttons end">
        <Button kind="primary" onClick={onClose}>
          Close
        </Button>
      </div>
    </div>
  )
}
