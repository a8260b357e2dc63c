import type { ComponentChildren } from 'preact'
import { Button } from '../components/button.tsx'
import { shortened } from '../format.ts'
import { everything, type Choice, type LogFilter } from './log-filter.ts'

const choiceCharacters = 60

interface LogToolsProps {
  readonly filter: LogFilter
  readonly choices: { readonly events: readonly Choice[]; readonly states: readonly Choice[]; readonly ways: readonly Choice[] }
  readonly isByCause: boolean
  onFilter(filter: LogFilter): void
  onByCause(isByCause: boolean): void
  readonly children: ComponentChildren
}

/** What narrows the log. */
export function LogTools({ filter, choices, isByCause, onFilter, onByCause, children }: LogToolsProps) {
  const set = (change: Partial<LogFilter>): void => onFilter({ ...filter, ...change })
  const isNarrow = JSON.stringify(filter) !== JSON.stringify(everything)
  return (
    <div class="log-tools">
      <input
        class="field"
        type="search"
        aria-label="Filter the log"
        placeholder="Filter: event, state, failure"
        value={filter.words}
        onInput={(event) => set({ words: event.currentTarget.value })}
      />
      <Choose label="event" value={filter.event} choices={choices.events} onChoose={(event) => set({ event })} />
      <Choose label="state" value={filter.state} choices={choices.states} onChoose={(state) => set({ state })} />
      <Choose label="transition" value={filter.way} choices={choices.ways} onChoose={(way) => set({ way })} />
      <Button
        pressed={filter.failedOnly}
        title="Only turns that failed, and errors of effects"
        onClick={() => set({ failedOnly: !filter.failedOnly })}
      >
        Failed
      </Button>
      <Button pressed={filter.movedOnly} title="Only turns that changed the state" onClick={() => set({ movedOnly: !filter.movedOnly })}>
        Only changes
      </Button>
      <Button pressed={isByCause} title="Under the message from outside that brought them about" onClick={() => onByCause(!isByCause)}>
        By cause
      </Button>
      {isNarrow && <Button kind="ghost" icon="close" label="Show all turns" onClick={() => onFilter(everything)} />}
      <span class="space" />
      {children}
    </div>
  )
}

interface ChooseProps {
  readonly label: string
  readonly value: string
  readonly choices: readonly Choice[]
  onChoose(value: string): void
}

const Choose = ({ label, value, choices, onChoose }: ChooseProps) => (
  <select class="field" aria-label={`Only this ${label}`} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
    <option value="">any {label}</option>
    {value !== '' && !choices.some(({ text }) => text === value) && <option value={value}>{value}</option>}
    {choices.map(({ text, count }) => (
      <option key={text} value={text}>
        {shortened(text, choiceCharacters)} ({count})
      </option>
    ))}
  </select>
)
