// Sequence
// Who said what to whom for a task, in order; a message is a moment of the run.
import { useState } from 'preact/hooks'
import { Button } from '../components/button.tsx'
import { Panel } from '../components/panel.tsx'
import { Empty } from '../components/states.tsx'
import { AsTable } from '../figures/as-table.tsx'
import { useSize } from '../figures/use-size.ts'
import { offsetText, shortened } from '../format.ts'
import { lanesOf, nameOf } from './lanes.ts'
import type { RunMessage } from './wire.ts'

const rowHeight = 26
const headHeight = 40
const laneMin = 128
const left = 62
const textPx = 6.4

export interface SequenceProps {
  readonly messages: readonly RunMessage[]
  readonly from: number
  readonly moment: number | undefined
  onMoment(at: number): void
}

export function Sequence({ messages, from, moment, onMoment }: SequenceProps) {
  const [everything, setEverything] = useState(false)
  const [host, width] = useSize()
  const { shown, lanes, quiet, left: more } = lanesOf(messages, everything)
  const lane = Math.max(laneMin, Math.min(240, (width - left) / Math.max(1, lanes.length)))
  const x = (name: string): number => left + (lanes.indexOf(name) + 0.5) * lane
  const height = headHeight + shown.length * rowHeight + 10
  return (
    <Panel
      title="Sequence between actors"
      beside={
        (quiet > 0 || everything) && (
          <Button icon="filter" kind="ghost" pressed={everything} onClick={() => setEverything(!everything)}>
            {everything ? 'All messages' : `${quiet} behind the scenes hidden`}
          </Button>
        )
      }
    >
      <div class="panel-body" ref={host}>
        {shown.length === 0 ? (
          <Empty title="No message yet">They are here within a second of being committed.</Empty>
        ) : (
          <div class="sequence task-sequence" tabIndex={0} role="region" aria-label="Sequence, scrolls sideways">
            <svg
              width={Math.max(width, left + lane * lanes.length)}
              height={height}
              role="img"
              aria-label={`${shown.length} messages between ${lanes.length} actors; the table below has the same`}
            >
              {lanes.map((name) => (
                <g key={name} class="lifeline">
                  <title>{name}</title>
                  <path d={`M${x(name)} 30V${height}`} />
                  <rect class="head" x={x(name) - lane / 2 + 5} y="4" width={lane - 10} height="25" rx="7" />
                  <text x={x(name)} y="17" text-anchor="middle" dominant-baseline="central" class="who">
                    {shortened(nameOf(name), Math.floor((lane - 18) / 7))}
                  </text>
                </g>
              ))}
              {shown.map((message, index) => (
                <Arrow
                  key={index}
                  message={message}
                  since={message.at - from}
                  ends={[x(message.from), x(message.to)]}
                  y={headHeight + index * rowHeight + 15}
                  later={moment !== undefined && message.at > moment}
                  onPick={() => onMoment(message.at)}
                />
              ))}
            </svg>
          </div>
        )}
        {more > 0 && <p class="muted">{more} more messages are not drawn.</p>}
        <AsTable
          label="Messages"
          columns={['after', 'from', 'to', 'message']}
          rows={() => shown.map(({ at, from: sender, to, type }) => [offsetText(at - from), nameOf(sender), nameOf(to), type])}
        />
      </div>
    </Panel>
  )
}

interface ArrowProps {
  readonly message: RunMessage
  readonly since: number
  readonly ends: readonly [number, number]
  readonly y: number
  /** After the chosen moment. */
  readonly later: boolean
  onPick(): void
}

const isBad = (type: string): boolean => /\b(failed|refused|error|denied|timeout)\b/.test(type)

const Arrow = ({ message: { type }, since, ends: [from, to], y, later, onPick }: ArrowProps) => {
  const side = Math.sign(to - from) || 1
  const self = from === to
  const text = shortened(type, Math.max(14, Math.floor(Math.abs(to - from) / textPx) - 1))
  const path = self
    ? `M${from} ${y - 4}h22v9h-18M${from + 8} ${y + 1}l-5 4l5 4`
    : `M${from} ${y}H${to - side * 3}M${to - side * 8} ${y - 4}L${to - side * 2} ${y}L${to - side * 8} ${y + 4}`
  return (
    <g class={`message ${later ? 'later' : ''} ${isBad(type) ? 'bad' : ''}`} onClick={onPick}>
      <title>{`${type}, ${offsetText(since)} after it began`}</title>
      <rect class="row-ground" x="0" y={y - 17} width="100%" height={rowHeight} />
      <text class="axis" x="0" y={y} dominant-baseline="central">
        {offsetText(since)}
      </text>
      <path d={path} />
      <text
        x={self ? from + 28 : (from + to) / 2}
        y={self ? y + 1 : y - 5}
        text-anchor={self ? 'start' : 'middle'}
        dominant-baseline={self ? 'central' : 'auto'}
      >
        {text}
      </text>
    </g>
  )
}
