// New task
// Gives a task to the agents. The coordinator says why it chose whom it did, on the task's page.
import { useState } from 'preact/hooks'
import { post, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Failed } from '../components/states.tsx'
import { toast } from '../components/toasts.tsx'
import { pathOf } from '../place.ts'
import { go } from '../router.ts'

const kept = 'troupe.new-task'
const blank = { taskType: 'question', prompt: '', root: '', collection: 'docs', file: '', budgetUsd: '', deadlineS: '' }

export function NewTask({ onClose }: { onClose(): void }) {
  const [fields, setFields] = useState<typeof blank>(remembered)
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const input = (name: keyof typeof blank, label: string, more: Readonly<Record<string, unknown>> = {}) => (
    <label>
      {label}
      <input
        class="field"
        {...more}
        value={fields[name]}
        onInput={(event) => setFields({ ...fields, [name]: event.currentTarget.value })}
      />
    </label>
  )
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    const { taskType, prompt, root, collection, file, budgetUsd, deadlineS } = fields
    const answer = await post<{ readonly id: string }>('/tasks', {
      taskType,
      prompt,
      root,
      collection,
      ...(file !== '' && { file }),
      ...(budgetUsd !== '' && { budgetUsd: Number(budgetUsd) }),
      ...(deadlineS !== '' && { deadlineMs: Math.round(Number(deadlineS) * 1_000) }),
    })
    setBusy(false)
    if (!answer.ok) return setProblem(answer.problem)
    remember({ ...blank, taskType, root, collection })
    toast('Submitted', answer.value.id)
    onClose()
    go(pathOf({ page: 'tasks', id: answer.value.id }))
  }
  return (
    <Dialog title="New task" onClose={onClose}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        {input('taskType', 'Type', { required: true })}
        <label>
          What is to be done
          <textarea
            class="field"
            rows={4}
            required
            value={fields.prompt}
            onInput={(event) => setFields({ ...fields, prompt: event.currentTarget.value })}
          />
        </label>
        {input('root', 'Folder its agents may read, on the worker’s machine', { required: true, placeholder: '/srv/docs' })}
        {input('collection', 'Collection of memory', { required: true })}
        {input('file', 'File it is about, below the folder')}
        <div class="pair">
          {input('budgetUsd', 'Dollars at most', { type: 'number', min: 0, step: 'any' })}
          {input('deadlineS', 'Seconds at most', { type: 'number', min: 0, step: 'any' })}
        </div>
        {problem && <Failed problem={problem} />}
        <div class="buttons end">
          <Button submit acts icon="send" kind="primary" disabled={isBusy}>
            Submit
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** Folder and collection are mostly those of the time before. */
function remembered(): typeof blank {
  try {
    const text = localStorage.getItem(kept)
    return text === null ? blank : { ...blank, ...(JSON.parse(text) as Partial<typeof blank>) } // this page wrote it
  } catch {
    return blank
  }
}

function remember(fields: typeof blank): void {
  try {
    localStorage.setItem(kept, JSON.stringify(fields))
  } catch {
    // The next one begins empty.
  }
}
