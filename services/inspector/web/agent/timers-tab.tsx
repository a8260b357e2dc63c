import { Icon } from '../components/icon.tsx'
import { Empty } from '../components/states.tsx'
import { durationText, timeText } from '../format.ts'
import { nowMs as presentMs } from '../offline/source.ts'
import type { AgentView } from './view.ts'

export function TimersTab({ view: { store } }: { readonly view: AgentView }) {
  const timers = Object.entries(store.shown.value?.timers ?? {}).toSorted(([, one], [, other]) => one.due - other.due)
  if (timers.length === 0) return <Empty title="No timer runs">Delays of the chart show here while they wait.</Empty>
  const now = store.shown.value?.isLive === false ? (store.shown.value.at ?? presentMs()) : presentMs()
  return (
    <section class="part">
      <ul class="calls">
        {timers.map(([id, { due }]) => (
          <li key={id}>
            <Icon name="after" />
            <strong>{id}</strong>
            <span class="figure">{due > now ? `in ${durationText(due - now)}` : 'due'}</span>
            <span class="below muted">{timeText(due, now)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
