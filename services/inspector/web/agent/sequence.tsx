// Sequence
// Messages between this actor and others, in order: who said what to whom. A message to this actor is a moment to go to.
import { useMemo } from 'preact/hooks'
import { Empty } from '../components/states.tsx'
import { keyOf, shortened, typeOf } from '../format.ts'
import { useAnswer } from '../use-answer.ts'
import type { AgentView } from './view.ts'
import { messagesOf, type SequenceMessage } from './sequence-messages.ts'
import { useSize } from './timeline.tsx'

const rowHeight = 30
const headHeight = 42
const laneMin = 150
const textPx = 6.3

export function Sequence({ view: { store } }: { readonly view: AgentView }) {
  const [host, width] = useSize()
  const rows = store.known.rows.value
  const task = rows.findLast(({ correlation }) => correlation !== undefined)?.correlation
  const run = useAnswer<{ readonly messages?: readonly Omit<SequenceMessage, 'turn'>[] }>(
    task === undefined ? undefined : `/tasks/${encodeURIComponent(task)}/run`,
  )
  const { actor, seen } = store.known
  const { messages, actors, left } = useMemo(
    () => messagesOf(actor, { rows, seen: [...seen.values()], run: run.value?.messages ?? [] }),
    [actor, rows, run.value],
  )
  if (messages.length === 0)
    return (
      <div ref={host}>
        <Empty title="No message to or from another actor">Effects and timers are not messages: the timeline has them.</Empty>
      </div>
    )
  const lane = Math.max(laneMin, Math.min(280, width / actors.length))
  const x = (name: string): number => (actors.indexOf(name) + 0.5) * lane
  const height = headHeight + messages.length * rowHeight + 12
  return (
    <div class="sequence" ref={host}>
      {left > 0 && <p class="muted">{left} older messages are not drawn.</p>}
      <svg
        width={Math.max(width, lane * actors.length)}
        height={height}
        role="img"
        aria-label={`${messages.length} messages between ${actors.length} actors`}
      >
        {actors.map((name) => (
          <g key={name} class={name === actor ? 'lifeline own' : 'lifeline'}>
            <title>{name}</title>
            <path d={`M${x(name)} ${headHeight - 6}V${height}`} />
            <text x={x(name)} y={15} text-anchor="middle" class="who">
              {shortened(keyOf(name), Math.floor(lane / textPx) - 2)}
            </text>
            <text x={x(name)} y={29} text-anchor="middle" class="what">
              {typeOf(name)}
            </text>
          </g>
        ))}
        {messages.map((message, index) => (
          <Arrow
            key={index}
            message={message}
            from={x(message.from)}
            to={x(message.to)}
            y={headHeight + index * rowHeight + 18}
            onPick={message.turn === undefined ? undefined : () => store.jump(message.turn)}
          />
        ))}
      </svg>
    </div>
  )
}

interface ArrowProps {
  readonly message: SequenceMessage
  readonly from: number
  readonly to: number
  readonly y: number
  readonly onPick: (() => void) | undefined
}

const Arrow = ({ message: { type, turn }, from, to, y, onPick }: ArrowProps) => {
  const side = Math.sign(to - from) || 1
  const text = shortened(type, Math.max(8, Math.floor(Math.abs(to - from) / textPx) - 2))
  return (
    <g class={`message ${onPick ? 'a-moment' : ''}`} onClick={onPick}>
      <title>{turn === undefined ? type : `${type}: turn ${turn}`}</title>
      <path d={`M${from} ${y}H${to - side * 4}M${to - side * 8} ${y - 4}L${to - side * 2} ${y}L${to - side * 8} ${y + 4}`} />
      <text x={(from + to) / 2} y={y - 5} text-anchor="middle">
        {text}
      </text>
    </g>
  )
}
