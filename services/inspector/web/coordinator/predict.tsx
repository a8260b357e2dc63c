// Predict
// Which agents could do a task, how well, for how much and how fast: nothing runs, and nothing is decided.
import { useState } from 'preact/hooks'
import { post, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Panel } from '../components/panel.tsx'
import { Failed } from '../components/states.tsx'
import { Candidates } from './candidates.tsx'
import type { Prediction } from './wire.ts'

const goals = ['success', 'quality', 'cost', 'latency'] as const
const blank = { taskType: 'question', needs: '', deadlineS: '', budgetUsd: '' }

const wordsIn = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')

export function Predict({ types }: { readonly types: readonly string[] }) {
  const [fields, setFields] = useState(blank)
  const [weights, setWeights] = useState<Readonly<Record<string, string>>>({})
  const [answer, setAnswer] = useState<Prediction | undefined>()
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setProblem(undefined)
    const { taskType, needs, deadlineS, budgetUsd } = fields
    const given = Object.entries(weights).filter(([, value]) => value !== '')
    const told = await post<Prediction>('/predictions', {
      taskType,
      ...(needs.trim() !== '' && { needs: wordsIn(needs) }),
      ...(deadlineS !== '' && { deadlineMs: Number(deadlineS) * 1_000 }),
      ...(budgetUsd !== '' && { budgetUsd: Number(budgetUsd) }),
      ...(given.length > 0 && { weights: Object.fromEntries(given.map(([name, value]) => [name, Number(value)])) }),
    })
    setBusy(false)
    if (told.ok) setAnswer(told.value)
    else setProblem(told.problem)
  }
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
  return (
    <Panel title="Predict" beside={<span class="muted small">nothing runs, nothing is decided</span>}>
      <form class="panel-body predict" onSubmit={(event) => void submit(event)}>
        {input('taskType', 'Type of task', { required: true, list: 'task-types' })}
        <datalist id="task-types">
          {types.map((type) => (
            <option key={type} value={type} />
          ))}
        </datalist>
        {input('needs', 'It must be able to', { placeholder: 'search, skill:citing' })}
        {input('deadlineS', 'Seconds at most', { type: 'number', min: 0, step: 'any' })}
        {input('budgetUsd', 'Dollars at most', { type: 'number', min: 0, step: 'any' })}
        {goals.map((goal) => (
          <label key={goal}>
            {`${goal.charAt(0).toUpperCase()}${goal.slice(1)} counts`}
            <input
              class="field"
              type="number"
              min="0"
              step="any"
              placeholder="as the policy says"
              value={weights[goal] ?? ''}
              onInput={(event) => setWeights({ ...weights, [goal]: event.currentTarget.value })}
            />
          </label>
        ))}
        <Button submit kind="primary" disabled={isBusy}>
          {isBusy ? 'Asking' : 'Predict'}
        </Button>
      </form>
      {problem && <Failed problem={problem} />}
      {answer && <Answer answer={answer} />}
    </Panel>
  )
}

const Answer = ({ answer: { ok, candidates, policyVersion, more = 0, code, reason } }: { readonly answer: Prediction }) => (
  <div role="status">
    {!ok && (
      <p class="notice warn">
        Nobody could do it: {reason} <code>{code}</code>
      </p>
    )}
    {candidates.length > 0 && <Candidates candidates={candidates} label="Predicted" />}
    {ok && (
      <p class="muted small panel-foot">
        By policy {policyVersion}
        {more > 0 && `; ${more} more agents are not listed`}.
      </p>
    )}
  </div>
)
