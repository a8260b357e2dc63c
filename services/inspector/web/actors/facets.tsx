// Facets
// How many actors there are of each kind, of all that fit and not only of those listed; a click looks for these alone.
import { queryOf } from '../api.ts'
import { countText } from '../format.ts'
import { useAnswer } from '../use-answer.ts'
import { fieldsOf, queryWith, type ActorQuery } from './query.ts'

const facets = [
  { name: 'at work', status: 'active', held: false, tone: 'good' },
  { name: 'done', status: 'done', held: false, tone: 'accent' },
  { name: 'failed', status: 'error', held: false, tone: 'bad' },
  { name: 'stopped', status: 'stopped', held: false, tone: 'plain' },
  { name: 'held', status: '', held: true, tone: 'warn' },
] as const

const everyMs = 5_000

interface Group {
  readonly type: string
  readonly status: string
  readonly held: boolean
  readonly count: number
}

interface Groups {
  readonly groups: readonly Group[]
  readonly isWhole: boolean
}

export interface FacetsProps {
  readonly query: ActorQuery
  readonly types: readonly string[]
  onLook(next: ActorQuery): void
}

export function Facets({ query, types, onLook }: FacetsProps) {
  // Each facet counts what a click on it would find: all that fits the rest.
  const { type = '', status = '', held = '', sort: _sort, mailbox: _mailbox, ...rest } = fieldsOf(query)
  const asked = useAnswer<Groups>(`/actor-groups${queryOf(rest)}`, { everyMs })
  const { groups = [], isWhole = true } = asked.value ?? {}
  const count = (fits: (group: Group) => boolean): number => groups.reduce((sum, group) => sum + (fits(group) ? group.count : 0), 0)
  const ofType = (one: string, wanted: string): boolean =>
    wanted === '' || (wanted.endsWith('*') ? one.startsWith(wanted.slice(0, -1)) : one === wanted)
  const ofStatus = (group: Group): boolean => (held === 'true' ? group.held : status === '' || group.status === status)
  const agents = types.filter((one) => one.startsWith('agent-'))
  const more = isWhole ? '' : '+'
  return (
    <>
      <div class="tiles facets" role="group" aria-label="Of all that fit">
        {facets.map((facet) => {
          const isOn = facet.held ? held === 'true' : status === facet.status
          const found = count((group) => ofType(group.type, type) && (facet.held ? group.held : group.status === facet.status))
          const next = facet.held ? { held: isOn ? '' : 'true' } : { status: isOn ? '' : facet.status }
          return (
            <button key={facet.name} type="button" class="tile" aria-pressed={isOn} onClick={() => onLook(queryWith(query, next))}>
              <span class="facet-name">
                <span class={`facet-dot ${facet.tone}`} aria-hidden="true" />
                {facet.name}
              </span>
              <span class="tile-value">
                {asked.value ? countText(found) : '–'}
                {found > 0 && more}
              </span>
            </button>
          )
        })}
      </div>
      <div class="chips" role="group" aria-label="Types">
        {[...(agents.length > 0 ? ['agent-*'] : []), ...types].map((one) => {
          const found = count((group) => ofType(group.type, one) && ofStatus(group))
          return (
            <button
              key={one}
              type="button"
              class={`chip ${found === 0 ? 'none' : ''}`}
              aria-pressed={type === one}
              onClick={() => onLook(queryWith(query, { type: type === one ? '' : one }))}
            >
              {one === 'agent-*' ? 'all agents' : one}
              {found > 0 && <span class="count">{countText(found)}</span>}
            </button>
          )
        })}
      </div>
    </>
  )
}
