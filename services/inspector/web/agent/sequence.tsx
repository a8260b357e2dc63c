// Sequence
// Messages between this actor and others, or all of its task's, in order: who said what to whom. A message to this actor is a moment to go to.
import { useMemo, useState } from 'preact/hooks'
import { Button } from '../components/button.tsx'
import { Empty } from '../components/states.tsx'
import { keyOf, shortened, typeOf } from '../format.ts'
import { useAnswer } from '../use-answer.ts'
import type { AgentView } from './view.ts'
import { messagesOf, type Sequenced, type SequenceMessage } from './sequence-messages.ts'
import { useSize } from './timeline.tsx'

const rowHeight = 30
const headHeight = 42
const laneMin = 150
const textPx = 6.3

export function Sequence({ view: { store } }: { readonly view: AgentView }) {
  const [host, width] = useSize()
  const [isWhole, setWhole] = useState(false)
  const [isLoud, setLoud] = useState(false)
  const rows = store.known.rows.value
  const task = taskOf(store.known.actor)
  const run = useAnswer<{ readonly messages?: readonly Omit<SequenceMessage, 'turn'>[] }>(
    task === undefined ? undefined : `/tasks/${encodeURIComponent(task)}/run`,
  )
  const { actor, seen } = store.known
  const sequenced = useMemo(
    () => messagesOf(actor, { rows, seen: [...seen.values()], run: run.value?.messages ?? [], isWhole, isLoud }),
    [actor, rows, run.value, isWhole, isLoud],
  )
  const { messages, left, quiet } = sequenced
  return (
    <div class="sequence" ref={host}>
      <div class="sequence-tools">
        {run.value && (
          <Button pressed={isWhole} title="Also what the others of its task said to each other" onClick={() => setWhole(!isWhole)}>
            Whole task
          </Button>
        )}
        {(quiet > 0 || isLoud) && (
          <Button icon="filter" kind="ghost" pressed={isLoud} onClick={() => setLoud(!isLoud)}>
            {isLoud ? 'all messages' : `${quiet} behind the scenes hidden`}
          </Button>
        )}
        {left > 0 && <span class="muted">{left} older messages are not drawn.</span>}
      </div>
      {messages.length === 0 ? (
        <Empty title="No message to or from another actor">Effects and timers are not messages: the timeline has them.</Empty>
      ) : (
        <Diagram {...sequenced} actor={actor} width={width} shown={store.shown.value?.turn} onJump={(turn) => store.jump(turn)} />
      )}
    </div>
  )
}

/** The task that an actor of the main job is, or works for; undefined: it works for none. */
function taskOf(actor: string): string | undefined {
  if (typeOf(actor) === 'task') return keyOf(actor)
  return typeOf(actor).startsWith('agent-') ? /^task:([^/]+)\//.exec(keyOf(actor))?.[1] : undefined
}

interface DiagramProps extends Sequenced {
  readonly actor: string
  readonly width: number
  readonly shown: number | undefined
  onJump(turn: number): void
}

function Diagram({ messages, actors, actor, width, shown, onJump }: DiagramProps) {
  const lane = Math.max(laneMin, Math.min(280, width / actors.length))
  const x = (name: string): number => (actors.indexOf(name) + 0.5) * lane
  const height = headHeight + messages.length * rowHeight + 12
  return (
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
            {shortened(keyOf(name).split('/').at(-1) ?? name, Math.floor(lane / textPx) - 2)}
          </text>
          <text x={x(name)} y={29} text-anchor="middle" class="what">
            {typeOf(name)}
          </text>
        </g>
      ))}
      {messages.map((message, index) => {
        const { turn } = message
        const y = headHeight + index * rowHeight + 18
        return (
          <g key={index} class={turn !== undefined && turn === shown ? 'now' : ''}>
            {message.movedTo !== undefined && (
              <text class="moved" x={x(actor) + 6} y={y - 14}>
                moved to {message.movedTo}
              </text>
            )}
            <Arrow
              message={message}
              from={x(message.from)}
              to={x(message.to)}
              y={y}
              onPick={turn === undefined ? undefined : () => onJump(turn)}
            />
          </g>
        )
      })}
    </svg>
  )
}

interface ArrowProps {
  readonly message: SequenceMessage
  readonly from: number
  readonly to: number
  readonly y: number
  readonly onPick: (() => void) | undefined
}

const Arrow = ({ message: { type, turn, times = 1 }, from, to, y, onPick }: ArrowProps) => {
  const side = Math.sign(to - from) || 1
  const text = shortened(times > 1 ? `${type} ×${times}` : type, Math.max(8, Math.floor(Math.abs(to - from) / textPx) - 2))
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
