// Event log
// Every turn as a row, only those in sight made; a row is a moment to go to. Words filter what is known, and more can be asked for.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../components/button.tsx'
import { Empty } from '../components/states.tsx'
import { clockText, durationText } from '../format.ts'
import type { HistoryRow } from '../wire.ts'
import type { AgentView } from './view.ts'
import { eventText } from './history.ts'
import { filtered } from './log-filter.ts'
import { leafText, moveText } from './state-value.ts'
import { ignoreAbort } from './store.ts'

const rowHeight = 30
const aroundMax = 12
const pageStep = 8

export function EventLog({ view: { store } }: { readonly view: AgentView }) {
  const [words, setWords] = useState('')
  const all = store.known.rows.value
  const rows = filtered(all, words)
  const hasOlder = all.length > 0 && (all[0]?.turn ?? 1) > store.known.first.value
  return (
    <div class="log">
      <div class="log-tools">
        <input
          class="field"
          type="search"
          aria-label="Filter the log"
          placeholder="Filter: event, state, failure"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        <span class="muted">
          {rows.length.toLocaleString('en')} of {store.last.value.toLocaleString('en')} turns
        </span>
        {hasOlder && (
          <Button kind="ghost" onClick={() => void store.loadOlder().catch(ignoreAbort)}>
            Load older
          </Button>
        )}
      </div>
      <div class="log-head" aria-hidden="true">
        <span>turn</span>
        <span>time</span>
        <span>event</span>
        <span>state</span>
        <span>from</span>
        <span class="right">after</span>
      </div>
      <LogRows rows={rows} shown={store.shown.value?.turn} onPick={(turn) => store.jump(turn)} />
    </div>
  )
}

interface LogRowsProps {
  readonly rows: readonly HistoryRow[]
  readonly shown: number | undefined
  onPick(turn: number): void
}

function LogRows({ rows, shown, onPick }: LogRowsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(300)
  const chosen = rows.findIndex(({ turn }) => turn === shown)
  useEffect(() => {
    const element = scroller.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => keepInSight(scroller.current, chosen, rowHeight), [chosen])
  const from = Math.max(0, Math.floor(top / rowHeight) - aroundMax)
  const to = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + aroundMax)
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = stepOf(event.key, rows.length)
    const next = step === undefined ? undefined : rows[Math.min(rows.length - 1, Math.max(0, chosen + step))]
    if (!next) return
    event.preventDefault()
    onPick(next.turn)
  }
  return (
    <div
      class="log-rows"
      ref={scroller}
      role="listbox"
      aria-label="Turns"
      tabIndex={0}
      aria-activedescendant={chosen >= from && chosen < to ? `turn-${shown}` : undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      {rows.length === 0 && <Empty title="No turn fits">Other words, or older turns, may.</Empty>}
      <div class="log-space" style={{ height: `${rows.length * rowHeight}px` }}>
        {rows.slice(from, to).map((row, index) => (
          <LogRow
            key={row.turn}
            row={row}
            before={rows[from + index - 1]}
            top={(from + index) * rowHeight}
            isChosen={row.turn === shown}
            count={rows.length}
            place={from + index + 1}
            onPick={() => onPick(row.turn)}
          />
        ))}
      </div>
    </div>
  )
}

function stepOf(key: string, count: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: pageStep,
    PageUp: -pageStep,
    Home: -count,
    End: count,
  }
  return Object.hasOwn(steps, key) ? steps[key] : undefined
}

interface LogRowProps {
  readonly row: HistoryRow
  readonly before: HistoryRow | undefined
  readonly top: number
  readonly isChosen: boolean
  readonly count: number
  readonly place: number
  onPick(): void
}

function LogRow({ row: { turn, at, event, state, failure, from }, before, top, isChosen, count, place, onPick }: LogRowProps) {
  const move = before && before.turn === turn - 1 ? moveText(before.state, state) : leafText(state)
  return (
    <div
      id={`turn-${turn}`}
      class={`log-row ${failure === undefined ? '' : 'failed'}`}
      role="option"
      aria-selected={isChosen}
      aria-posinset={place}
      aria-setsize={count}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onPick}
    >
      <span>{turn}</span>
      <span>{clockText(at)}</span>
      <span class="strong">{eventText(event)}</span>
      {failure === undefined && move === '' ? <span class="muted">stays {leafText(state)}</span> : <span>{failure ?? move}</span>}
      <span class="muted">{from ?? ''}</span>
      <span class="right">{before ? durationText(at - before.at) : ''}</span>
    </div>
  )
}

function keepInSight(element: HTMLElement | null, index: number, height: number): void {
  if (!element || index < 0) return
  const [top, bottom] = [index * height, (index + 1) * height]
  if (top < element.scrollTop) element.scrollTop = top
  else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight
}
