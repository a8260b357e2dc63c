// Replay
// What another policy would have made of this decision, beside what was: the same agents, the same beliefs, the same chance. Nothing is changed.
import { useState } from 'preact/hooks'
import { post, queryOf, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Panel } from '../components/panel.tsx'
import { Failed } from '../components/states.tsx'
import { countText } from '../format.ts'
import { useAnswer } from '../use-answer.ts'
import { changedPolicy, estimateOf, figuresOf, modes, type Figures } from './policy-figures.ts'
import { ReplayAnswer } from './replay-answer.tsx'
import type { Policies, PolicyRow, Replayed, WholeDecision } from './wire.ts'

interface ReplayProps {
  readonly decision: Pick<WholeDecision, 'id' | 'tenant' | 'policyVersion'>
}

export function Replay({ decision: { id, tenant, policyVersion } }: ReplayProps) {
  const policies = useAnswer<Policies>(`/policies${queryOf({ tenant })}`)
  const [version, setVersion] = useState<string | undefined>()
  const [changes, setChanges] = useState<Partial<Figures>>({})
  const [answer, setAnswer] = useState<Replayed | undefined>()
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const rows = policies.value?.rows ?? []
  const like = rows.find((one) => one.version === version) ?? rows.find((one) => one.mode === 'live') ?? rows[0]
  const figures = { ...figuresOf(like?.policy), ...changes }
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (!like) return
    setBusy(true)
    setProblem(undefined)
    const policy = Object.keys(changes).length === 0 ? like.version : changedPolicy(like, figures)
    const told = await post<Replayed>(`/decisions/${encodeURIComponent(id)}/replay${queryOf({ tenant })}`, { policy })
    setBusy(false)
    setAnswer(told.ok ? told.value : undefined)
    if (!told.ok) setProblem(told.problem)
  }
  if (policies.problem) return <Failed problem={policies.problem} onRetry={policies.reload} />
  return (
    <Panel title="Replay with another policy" beside={<span class="muted small">nothing is changed</span>}>
      <form class="panel-body predict" onSubmit={(event) => void submit(event)}>
        <label class="wide">
          Policy
          <select
            class="field"
            value={like?.version}
            onChange={(event) => {
              setVersion(event.currentTarget.value)
              setChanges({})
            }}
          >
            {rows.map((one) => (
              <option key={one.version} value={one.version}>
                {`${one.version}, ${one.mode}${one.version === policyVersion ? ', that of then' : ''}`}
              </option>
            ))}
          </select>
        </label>
        <PolicyFields figures={figures} onChange={(change) => setChanges({ ...changes, ...change })} />
        <Button submit kind="primary" icon="again" disabled={isBusy || !like}>
          {isBusy ? 'Replaying' : 'Replay'}
        </Button>
      </form>
      {like && <Evaluated row={like} />}
      {problem && <Failed problem={problem} />}
      {answer && <ReplayAnswer answer={answer} />}
    </Panel>
  )
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(3)}`

/** One decision says little: what all of them said. */
function Evaluated({ row }: { readonly row: PolicyRow }) {
  const estimate = estimateOf(row)
  return estimate === undefined ? null : (
    <p class="muted small panel-foot">
      {`Over ${countText(estimate.decisions)} decisions ${row.version} was estimated to earn ${signed(estimate.mean)} a decision beside ${estimate.live} (${signed(estimate.low)} to ${signed(estimate.high)}).`}
    </p>
  )
}

const fields = ['explore', 'width', 'optimism', 'success', 'quality', 'cost', 'latency'] as const
const names: Readonly<Record<(typeof fields)[number], string>> = {
  explore: 'Explores',
  width: 'Width',
  optimism: 'Optimism',
  success: 'Success counts',
  quality: 'Quality counts',
  cost: 'Cost counts',
  latency: 'Latency counts',
}

interface PolicyFieldsProps {
  readonly figures: Figures
  onChange(change: Partial<Figures>): void
}

const PolicyFields = ({ figures, onChange }: PolicyFieldsProps) => (
  <>
    <label>
      Way of choosing
      <select class="field" value={figures.mode} onChange={(event) => onChange({ mode: event.currentTarget.value })}>
        {[...new Set([...modes, figures.mode])].map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
    {figures.mode === 'pinned' && (
      <label>
        Pinned to
        <input class="field" required value={figures.arm} onInput={(event) => onChange({ arm: event.currentTarget.value })} />
      </label>
    )}
    {fields.map((field) => (
      <label key={field}>
        {names[field]}
        <input
          class="field"
          type="number"
          min="0"
          step="any"
          required
          value={figures[field]}
          onInput={(event) => onChange({ [field]: event.currentTarget.value })}
        />
      </label>
    ))}
  </>
)
