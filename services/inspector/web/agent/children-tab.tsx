import { Badge } from '../components/badge.tsx'
import { Icon } from '../components/icon.tsx'
import { Empty } from '../components/states.tsx'
import { clockText, durationText } from '../format.ts'
import { agentPath } from '../place.ts'
import type { AgentView } from './view.ts'

/** Actors and effects that it has started and that have not ended. */
export function ChildrenTab({ view: { store } }: { readonly view: AgentView }) {
  const children = Object.entries(store.shown.value?.children ?? {})
  if (children.length === 0) return <Empty title="It has no children now">Actors it starts and effects that run show here.</Empty>
  return (
    <section class="part">
      <ul class="calls">
        {children.map(([id, { kind, src, address, ended }]) => (
          <li key={id}>
            <Icon name={kind === 'actor' ? 'agents' : 'tool'} />
            {kind === 'actor' ? <a href={agentPath(address)}>{id}</a> : <strong>{id}</strong>}
            <span class="figure">
              <Badge tone={kind === 'actor' ? 'good' : 'violet'}>{ended ? 'ended' : kind === 'actor' ? 'actor' : 'runs'}</Badge>
            </span>
            <span class="below muted">
              {src} · <code>{address}</code>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

export function TimersTab({ view: { store } }: { readonly view: AgentView }) {
  const timers = Object.entries(store.shown.value?.timers ?? {}).toSorted(([, one], [, other]) => one.due - other.due)
  if (timers.length === 0) return <Empty title="No timer runs">Delays of the chart show here while they wait.</Empty>
  const now = store.shown.value?.isLive === false ? (store.shown.value.at ?? Date.now()) : Date.now()
  return (
    <section class="part">
      <ul class="calls">
        {timers.map(([id, { due }]) => (
          <li key={id}>
            <Icon name="after" />
            <strong>{id}</strong>
            <span class="figure">{due > now ? `in ${durationText(due - now)}` : 'due'}</span>
            <span class="below muted">{clockText(due)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
