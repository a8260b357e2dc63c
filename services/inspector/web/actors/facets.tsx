// Facets
// How many of those listed there are of each kind; a click looks for these alone.
import { countText } from '../format.ts'
import type { ActorRow } from '../wire.ts'
import type { ActorQuery } from './query.ts'

const facets = [
  { name: 'at work', status: 'active', held: false, tone: 'good' },
  { name: 'done', status: 'done', held: false, tone: 'accent' },
  { name: 'failed', status: 'error', held: false, tone: 'bad' },
  { name: 'stopped', status: 'stopped', held: false, tone: 'plain' },
  { name: 'held', status: '', held: true, tone: 'warn' },
] as const

export interface FacetsProps {
  readonly rows: readonly ActorRow[]
  readonly query: ActorQuery
  readonly types: readonly string[]
  /** There are none behind those that are listed. */
  readonly isWhole: boolean
  onLook(next: ActorQuery): void
}

export function Facets({ rows, query, types, isWhole, onLook }: FacetsProps) {
  const agents = types.filter((type) => type.startsWith('agent-'))
  return (
    <>
      <div class="tiles facets" role="group" aria-label="Of those listed">
        {facets.map(({ name, status, held, tone }) => {
          const count = rows.filter((row) => (held ? row.held === true : row.status === status)).length
          const isOn = held ? query.held : query.status === status
          return (
            <button
              key={name}
              type="button"
              class="tile"
              aria-pressed={isOn}
              onClick={() => onLook({ ...query, ...(held ? { held: !isOn } : { status: isOn ? '' : status }) })}
            >
              <span class="facet-name">
                <span class={`facet-dot ${tone}`} aria-hidden="true" />
                {name}
              </span>
              <span class="tile-value">
                {countText(count)}
                {!isWhole && count > 0 && <span>+</span>}
              </span>
            </button>
          )
        })}
      </div>
      <div class="chips" role="group" aria-label="Types">
        {[...(agents.length > 0 ? ['agent-*'] : []), ...types].map((type) => (
          <button
            key={type}
            type="button"
            class="chip"
            aria-pressed={query.type === type}
            onClick={() => onLook({ ...query, type: query.type === type ? '' : type })}
          >
            {type === 'agent-*' ? 'all agents' : type}
          </button>
        ))}
      </div>
    </>
  )
}
