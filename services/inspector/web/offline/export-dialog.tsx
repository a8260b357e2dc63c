// Export dialog
// Which run, as what, how much of it; then the browser saves the file.
import { useState } from 'preact/hooks'
import { turnsDefault, turnsMax } from '../../bundle/limits.ts'
import { actorPath, download, queryOf, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Failed } from '../components/states.tsx'
import { toast } from '../components/toasts.tsx'
import { bytesText } from '../format.ts'
import { place } from '../router.ts'
import type { ExportWish } from './wish.tsx'

export function ExportDialog({ wish: { kind, id }, onClose }: { readonly wish: ExportWish; onClose(): void }) {
  const [as, setAs] = useState<'html' | 'json'>('html')
  const [turns, setTurns] = useState(turnsDefault)
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    const path = kind === 'task' ? `/tasks/${encodeURIComponent(id)}` : actorPath(id)
    const answer = await download(`${path}/export${queryOf({ as, turns, tenant: place.value.query['tenant'] })}`)
    setBusy(false)
    if (!answer.ok) return setProblem(answer.problem)
    const { blob, name } = answer.value
    save(blob, name)
    toast('Exported', `${name}, ${bytesText(blob.size)}`)
    onClose()
  }
  return (
    <Dialog title={`Export ${kind} ${id}`} onClose={onClose}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <p class="muted">
          {kind === 'task' ? 'The task, everybody who worked for it' : 'The actor, its children'} and what each was after its turns. Secrets
          are hidden as they are here; what people and models wrote is in it.
        </p>
        <fieldset>
          <legend>As</legend>
          <label class="choice">
            <input type="radio" name="as" checked={as === 'html'} onChange={() => setAs('html')} />
            one page that opens by itself, without a server or a network
          </label>
          <label class="choice">
            <input type="radio" name="as" checked={as === 'json'} onChange={() => setAs('json')} />
            JSON, for programs and for “Open an export…” of any inspector
          </label>
        </fieldset>
        <label>
          Newest turns of each actor
          <input
            class="field"
            type="number"
            min={1}
            max={turnsMax}
            required
            value={turns}
            onInput={(event) => setTurns(event.currentTarget.valueAsNumber)}
          />
        </label>
        {problem && <Failed problem={problem} />}
        <div class="buttons end">
          <Button submit kind="primary" disabled={isBusy}>
            {isBusy ? 'Exporting…' : 'Export'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), revokeMs)
}

/** The browser has begun to read it by then. */
const revokeMs = 60_000
