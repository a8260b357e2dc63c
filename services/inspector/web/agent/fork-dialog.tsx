// Fork dialog
// Another actor that begins at the shown moment. What the world answered then is answered again from the log.
import { useState } from 'preact/hooks'
import { actorPath, post, type Problem } from '../api.ts'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Failed } from '../components/states.tsx'
import { toast } from '../components/toasts.tsx'
import { agentPath } from '../place.ts'
import { go } from '../router.ts'
import type { AgentStore } from './store.ts'

export function ForkDialog({ store, onClose }: { readonly store: AgentStore; onClose(): void }) {
  const turn = store.shown.value?.turn ?? 0
  const now = store.known.now.value
  const isItsEnd = now !== undefined && now.status !== 'active' && turn >= store.last.value
  const [key, setKey] = useState('')
  const [unrecorded, setUnrecorded] = useState<'hold' | 'real'>('hold')
  const [held, setHeld] = useState(true)
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    const wish = { turn, unrecorded, held, ...(key.trim() !== '' && { key: key.trim() }) }
    const answer = await post<{ readonly fork: string }>(`${actorPath(store.known.actor)}/fork`, wish)
    setBusy(false)
    if (!answer.ok) return setProblem(answer.problem)
    toast('Forked', answer.value.fork)
    onClose()
    go(agentPath(answer.value.fork))
  }
  return (
    <Dialog title={`Fork from turn ${turn}`} onClose={onClose}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <p class="muted">The original stays as it is. The fork has an id, a mailbox and a log of its own.</p>
        {isItsEnd && (
          <p>
            <Badge tone="warn">its end</Badge> After turn {turn} it takes nothing more, nor would the fork: go back to an earlier moment to
            try something else.
          </p>
        )}
        <label>
          Key of the fork
          <input class="field" placeholder="made for you" value={key} onInput={(event) => setKey(event.currentTarget.value)} />
        </label>
        <fieldset>
          <legend>An effect that the log has no answer for</legend>
          <label class="choice">
            <input type="radio" name="unrecorded" checked={unrecorded === 'hold'} onChange={() => setUnrecorded('hold')} />
            waits: nothing new is called
          </label>
          <label class="choice">
            <input type="radio" name="unrecorded" checked={unrecorded === 'real'} onChange={() => setUnrecorded('real')} />
            runs for real: models and tools are called, and cost
          </label>
        </fieldset>
        <label class="choice">
          <input type="checkbox" checked={held} onChange={(event) => setHeld(event.currentTarget.checked)} />
          hold it from its first moment, to step through
        </label>
        {problem && <Failed problem={problem} />}
        <div class="buttons end">
          <Button submit acts icon="fork" kind="primary" disabled={isBusy}>
            Fork
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
