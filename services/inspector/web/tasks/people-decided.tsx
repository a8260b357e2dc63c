// People decided
// Who approved, denied or changed which call, and what the agent had asked for.
import { Badge } from '../components/badge.tsx'
import { Panel } from '../components/panel.tsx'
import { timeText } from '../format.ts'
import { agentPath } from '../place.ts'
import { nameOf } from './lanes.ts'
import type { PersonDecision } from './wire.ts'

const tones = { approved: 'good', denied: 'bad', expired: 'warn' } as const
const valueMax = 160

const fieldsOf = (value: unknown): Map<string, unknown> => new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, valueMax)

export const PeopleDecided = ({ decided }: { readonly decided: readonly PersonDecision[] }) => (
  <Panel title="What people decided">
    <ul class="panel-body lines">
      {decided.map(({ actor, at, decision, by, reason, calls }) => (
        <li key={`${actor} ${at}`}>
          <div class="line-head">
            <strong>{calls.map(({ tool }) => tool).join(', ')}</strong>
            <Badge tone={tones[decision]}>{decision}</Badge>
            <span class="space" />
            <span class="figure-text">{timeText(at, Date.now())}</span>
          </div>
          <p class="muted">
            {'asked by '}
            <a href={agentPath(actor)}>{nameOf(actor)}</a>
            {by !== undefined && `, ${decision} by ${by}`}
          </p>
          {reason !== undefined && <p>{reason}</p>}
          {calls.map(({ id, asked, ran }) => ran !== undefined && <Changes key={id} asked={asked} ran={ran} />)}
        </li>
      ))}
    </ul>
  </Panel>
)

/** The fields of arguments that a person gave another value. */
function Changes({ asked, ran }: { readonly asked: unknown; readonly ran: unknown }) {
  const [before, after] = [fieldsOf(asked), fieldsOf(ran)]
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((name) => shown(before.get(name)) !== shown(after.get(name)))
  return (
    <dl class="pairs argument-changes">
      {changed.map((name) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <del>{shown(before.get(name))}</del> <ins>{shown(after.get(name))}</ins>
          </dd>
        </div>
      ))}
    </dl>
  )
}
