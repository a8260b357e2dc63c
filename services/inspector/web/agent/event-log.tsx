// Event log
// Every turn as a row, only those in sight made; a row is a moment to go to. What is shown can be narrowed, and put under its causes; more can be asked for.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Button } from '../components/button.tsx'
import { Empty } from '../components/states.tsx'
import { clockText, durationText, keyOf, shortened, timeText, typeOf } from '../format.ts'
import { useCalm } from '../use-calm.ts'
import { useNow } from '../use-rows.ts'
import type { AgentView } from './view.ts'
import { eventText } from './history.ts'
import { LogTools } from './log-tools.tsx'
import { byCause, choicesOf, everything, filtered, movedText, withBefore, type LogLine, type LogTurn } from './log-filter.ts'
import { ignoreAbort } from './store.ts'

const rowHeight = 30
const aroundMax = 12
const pageStep = 8
const choicesMs = 1_000
const minuteMs = 60_000

export function EventLog({ view: { store } }: { readonly view: AgentView }) {
  const [filter, setFilter] = useState(everything)
  const [isByCause, setByCause] = useState(false)
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set())
  const all = store.known.rows.value
  const turns = useMemo(() => withBefore(all), [all])
  const calm = useCalm(turns, choicesMs)
  const choices = useMemo(() => choicesOf(calm), [calm])
  const rows = useMemo(() => filtered(turns, filter), [turns, filter])
  const lines = useMemo(
    () => (isByCause ? byCause(rows, closed) : rows.map((turn): LogLine => ({ kind: 'turn', turn }))),
    [rows, isByCause, closed],
  )
  const now = useNow(minuteMs)
  const hasOlder = all.length > 0 && (all[0]?.turn ?? 1) > store.known.first.value
  const toggle = (turn: number): void =>
    setClosed(new Set(closed.has(turn) ? [...closed].filter((one) => one !== turn) : [...closed, turn]))
  return (
    <div class={`log ${isOfAnotherDay(all[0]?.at, now) ? 'of-days' : ''}`}>
      <LogTools filter={filter} choices={choices} isByCause={isByCause} onFilter={setFilter} onByCause={setByCause}>
        <span class="muted">
          {rows.length.toLocaleString('en')} of {store.last.value.toLocaleString('en')} turns
        </span>
        {hasOlder && (
          <Button kind="ghost" onClick={() => void store.loadOlder().catch(ignoreAbort)}>
            Load older
          </Button>
        )}
      </LogTools>
      <div class="log-head" aria-hidden="true">
        <span>turn</span>
        <span>time</span>
        <span>event</span>
        <span>state</span>
        <span>from</span>
        <span class="right">after</span>
      </div>
      <LogRows
        lines={lines}
        closed={closed}
        now={now}
        shown={store.shown.value?.turn}
        onPick={(turn) => store.jump(turn)}
        onToggle={toggle}
      />
    </div>
  )
}

interface LogRowsProps {
  readonly lines: readonly LogLine[]
  readonly closed: ReadonlySet<number>
  readonly shown: number | undefined
  readonly now: number
  onPick(turn: number): void
  onToggle(turn: number): void
}

function LogRows({ lines, closed, shown, now, onPick, onToggle }: LogRowsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const height = useHeight(scroller)
  const chosen = lines.findIndex((line) => line.kind === 'turn' && line.turn.row.turn === shown)
  useEffect(() => keepInSight(scroller.current, chosen), [chosen])
  const from = Math.max(0, Math.floor(top / rowHeight) - aroundMax)
  const to = Math.min(lines.length, Math.ceil((top + height) / rowHeight) + aroundMax)
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = stepOf(event.key, lines.length)
    if (step === undefined) return
    event.preventDefault()
    const next = turnNear(lines, Math.min(lines.length - 1, Math.max(0, chosen + step)), Math.sign(step))
    if (next) onPick(next.row.turn)
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
      {lines.length === 0 && <Empty title="No turn fits">Another filter, or older turns, may.</Empty>}
      <div class="log-space" style={{ height: `${lines.length * rowHeight}px` }}>
        {lines.slice(from, to).map((line, index) => {
          const place = from + index
          return line.kind === 'cause' ? (
            <CauseRow
              key={`cause ${line.first.row.turn}`}
              line={line}
              now={now}
              top={place * rowHeight}
              isOpen={!closed.has(line.first.row.turn)}
              onToggle={() => onToggle(line.first.row.turn)}
            />
          ) : (
            <LogRow
              key={line.turn.row.turn}
              turn={line.turn}
              now={now}
              top={place * rowHeight}
              isChosen={line.turn.row.turn === shown}
              count={lines.length}
              place={place + 1}
              onPick={() => onPick(line.turn.row.turn)}
            />
          )
        })}
      </div>
    </div>
  )
}

function useHeight(scroller: { readonly current: HTMLDivElement | null }): number {
  const [height, setHeight] = useState(300)
  useEffect(() => {
    const element = scroller.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return height
}

/** The turn on this line, or the next one in that direction: the line of a cause is no moment. */
function turnNear(lines: readonly LogLine[], at: number, step: number): LogTurn | undefined {
  for (let index = at; index >= 0 && index < lines.length; index += step || 1) {
    const line = lines[index]
    if (line?.kind === 'turn') return line.turn
  }
  return undefined
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

const isOfAnotherDay = (at: number | undefined, now: number): boolean =>
  at !== undefined && new Date(at).toDateString() !== new Date(now).toDateString()

/** To the millisecond; of another day with its date. */
const momentText = (at: number, now: number): string => (isOfAnotherDay(at, now) ? timeText(at, now) : clockText(at))

interface CauseRowProps {
  readonly line: Extract<LogLine, { readonly kind: 'cause' }>
  readonly now: number
  readonly top: number
  readonly isOpen: boolean
  onToggle(): void
}

function CauseRow({ line: { cause, turns, first, last }, now, top, isOpen, onToggle }: CauseRowProps) {
  return (
    <div
      class="log-row cause"
      role="option"
      aria-selected={false}
      aria-expanded={isOpen}
      style={{ transform: `translateY(${top}px)` }}
      title={cause || 'Nothing from outside'}
      onClick={onToggle}
    >
      <span>{isOpen ? '▾' : '▸'}</span>
      <span>{momentText(first.row.at, now)}</span>
      <span class="strong">{cause === '' ? 'of its own' : cause}</span>
      <span class="muted">{turns === 1 ? `turn ${first.row.turn}` : `${turns} turns, ${first.row.turn} to ${last.row.turn}`}</span>
      <span />
      <span class="right">{durationText(last.row.at - first.row.at)}</span>
    </div>
  )
}

interface LogRowProps {
  readonly turn: LogTurn
  readonly now: number
  readonly top: number
  readonly isChosen: boolean
  readonly count: number
  readonly place: number
  onPick(): void
}

function LogRow({ turn, now, top, isChosen, count, place, onPick }: LogRowProps) {
  const { row, before } = turn
  const moved = movedText(turn)
  return (
    <div
      id={`turn-${row.turn}`}
      class={`log-row ${row.failure === undefined ? '' : 'failed'}`}
      role="option"
      aria-selected={isChosen}
      aria-posinset={place}
      aria-setsize={count}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onPick}
    >
      <span>{row.turn}</span>
      <span>{momentText(row.at, now)}</span>
      <span class="strong">{eventText(row.event)}</span>
      <span class={moved.stays ? 'muted' : ''}>{moved.text}</span>
      <span class="muted" title={row.from}>
        {row.from === undefined ? '' : `${typeOf(row.from)} ${shortened(keyOf(row.from), 24)}`}
      </span>
      <span class="right">{before ? durationText(row.at - before.at) : ''}</span>
    </div>
  )
}

function keepInSight(element: HTMLElement | null, index: number): void {
  if (!element || index < 0) return
  const [top, bottom] = [index * rowHeight, (index + 1) * rowHeight]
  if (top < element.scrollTop) element.scrollTop = top
  else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight
}
