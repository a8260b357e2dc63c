// Bottom
// What happened, three ways: in time, one by one, and between actors; and the slider through all of it.
import { useState } from 'preact/hooks'
import { Button } from '../components/button.tsx'
import { liveWord } from '../offline/source.ts'
import { Tabs } from '../components/tabs.tsx'
import { lazily } from '../lazily.tsx'
import type { AgentView } from './view.ts'
import { Timeline } from './timeline.tsx'

const EventLog = lazily('the log', async () => (await import('./event-log.tsx')).EventLog)
const Sequence = lazily('the sequence', async () => (await import('./sequence.tsx')).Sequence)

export function Bottom({ view }: { readonly view: AgentView }) {
  const [chosen, choose] = useState('timeline')
  const { store } = view
  return (
    <section class="bottom" aria-label="What happened">
      <Tabs
        label="What happened"
        chosen={chosen}
        onChoose={choose}
        beside={<TurnSlider view={view} />}
        tabs={[
          { id: 'timeline', label: 'Timeline', view: () => <Timeline view={view} /> },
          { id: 'log', label: 'Event log', count: store.last.value, view: () => <EventLog view={view} /> },
          { id: 'sequence', label: 'Sequence', view: () => <Sequence view={view} /> },
        ]}
      />
    </section>
  )
}

function TurnSlider({ view: { store } }: { readonly view: AgentView }) {
  const first = Math.max(1, store.known.first.value)
  const last = Math.max(first, store.last.value)
  const turn = store.shown.value?.turn ?? last
  const isLive = store.shown.value?.isLive !== false
  const to = (wanted: number): void => store.jump(Math.min(last, Math.max(first, wanted)))
  return (
    <div class={`turn-slider ${isLive ? '' : 'in-past'}`}>
      <Button kind="ghost" icon="right" label="The turn before" disabled={turn <= first} onClick={() => to(turn - 1)} />
      <input
        type="range"
        aria-label="Turn"
        aria-valuetext={isLive ? `${liveWord()}, turn ${turn}` : `turn ${turn} of ${last}`}
        min={first}
        max={last}
        value={turn}
        onInput={(event) => to(Number(event.currentTarget.value))}
      />
      <Button kind="ghost" icon="right" label="The next turn" disabled={turn >= last} onClick={() => to(turn + 1)} />
      <output>{isLive ? `${liveWord()} · turn ${turn}` : `turn ${turn}`}</output>
    </div>
  )
}
