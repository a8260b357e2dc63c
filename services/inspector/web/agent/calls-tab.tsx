// Calls tab
// Calls of language models with their prompts and answers, and the other effects with what went in and came back; newest first.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Json } from '../components/json.tsx'
import { Empty, Failed, Loading } from '../components/states.tsx'
import { clockText, countText, durationText, usdText } from '../format.ts'
import type { CallDetail, EffectRun, LlmCall } from '../wire.ts'
import { useCallDetail } from './call-details.ts'
import { messagesIn } from './prompts.ts'
import type { AgentView } from './view.ts'

const listedMax = 100

export function CallsTab({ view }: { readonly view: AgentView }) {
  const { llm, effects } = view.store.known.calls.value
  if (llm.length + effects.length === 0)
    return <Empty title="It has called nothing">Calls of models and tools show here once they have ended.</Empty>
  const tokens = llm.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0)
  const cost = llm.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0)
  const ofModels = new Set(llm.map(({ effect }) => effect))
  const others = effects.filter(({ key }) => !ofModels.has(key)).toSorted((one, other) => other.startedAt - one.startedAt)
  return (
    <>
      {llm.length > 0 && (
        <section class="part">
          <h2>
            LLM calls <Badge>{llm.length}</Badge> <Badge tone="violet">{countText(tokens)} tokens</Badge> <Badge>{usdText(cost)}</Badge>
          </h2>
          <ol class="calls">
            {llm
              .toSorted((one, other) => other.at - one.at)
              .slice(0, listedMax)
              .map((call) => (
                <ModelLine key={call.effect ?? `${call.at} ${call.model}`} view={view} call={call} />
              ))}
          </ol>
        </section>
      )}
      {others.length > 0 && (
        <section class="part">
          <h2>
            Effects <Badge>{others.length}</Badge>
          </h2>
          <ol class="calls">
            {others.slice(0, listedMax).map((effect) => (
              <EffectLine key={effect.key} view={view} effect={effect} />
            ))}
          </ol>
          {others.length > listedMax && <p class="muted">{others.length - listedMax} older ones are not listed.</p>}
        </section>
      )}
    </>
  )
}

function ModelLine({ view, call }: { readonly view: AgentView; readonly call: LlmCall }) {
  const { at, model, inputTokens, outputTokens, costUsd, latencyMs, finish, effect, turn, offline } = call
  return (
    <li>
      <Icon name="model" />
      <span>
        <strong>{model}</strong> {offline && <Badge>built in</Badge>} {finish === 'length' && <Badge tone="warn">cut off</Badge>}
      </span>
      <span class="figure">{durationText(latencyMs)}</span>
      <span class="below muted">
        {clockText(at)} · {inputTokens} in · {outputTokens} out ·{' '}
        {costUsd === undefined || costUsd === null ? 'cost unknown' : usdText(costUsd)}
        {finish && ` · ${finish}`} <ToTurn view={view} turn={turn} />
      </span>
      {effect !== undefined && (
        <Opened summary="Prompt and answer">
          <Detail view={view} effect={{ key: effect, endedAt: at }} />
        </Opened>
      )}
    </li>
  )
}

function EffectLine({ view, effect }: { readonly view: AgentView; readonly effect: EffectRun }) {
  const { key, src, startedAt, endedAt, ok, cancelled, endedTurn } = effect
  const isRunning = endedAt === undefined || endedAt === null
  return (
    <li>
      <Icon name="tool" />
      <span>
        <strong>{src}</strong> {cancelled ? <Badge>cancelled</Badge> : !isRunning && ok === false && <Badge tone="bad">failed</Badge>}
      </span>
      <span class="figure">{isRunning ? <Badge tone="accent">runs</Badge> : durationText(endedAt - startedAt)}</span>
      <span class="below muted">
        {clockText(startedAt)} <ToTurn view={view} turn={endedTurn ?? effect.startedTurn} />
      </span>
      <Opened summary="What went in and came back">
        <Detail view={view} effect={effect} />
        <p class="muted">
          <code>{key}</code>
        </p>
      </Opened>
    </li>
  )
}

export const ToTurn = ({ view, turn }: { readonly view: AgentView; readonly turn: number | undefined }) =>
  turn === undefined ? null : (
    <Button kind="ghost" title="Show the actor as it was then" onClick={() => view.store.jump(turn)}>
      turn {turn}
    </Button>
  )

/** What is inside is made, and asked for, once it is open. */
export function Opened({ summary, children }: { readonly summary: string; readonly children: ComponentChildren }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="below whole" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && children}
    </details>
  )
}

function Detail({ view, effect }: { readonly view: AgentView; readonly effect: Pick<EffectRun, 'key' | 'endedAt'> }) {
  const told = useCallDetail(view.store, effect)
  if (!told) return <Loading what="what went in" />
  if ('problem' in told) return <Failed problem={told.problem} />
  return <InAndOut detail={told.detail} />
}

function InAndOut({ detail: { input, output, error, gone } }: { readonly detail: CallDetail }) {
  const messages = messagesIn(input)
  const { text, toolCalls = [] } = (typeof output === 'object' && output !== null ? output : {}) as {
    readonly text?: unknown
    readonly toolCalls?: readonly unknown[]
  }
  return (
    <div class="in-and-out">
      {messages.map(({ role, text: said }, at) => (
        <Said key={at} who={role} text={said} />
      ))}
      {messages.length === 0 && input !== undefined && <Json value={input} label="What went in" />}
      {typeof text === 'string' && text !== '' && <Said who="answer" text={text} />}
      {(typeof text !== 'string' || toolCalls.length > 0) && output !== undefined && <Json value={output} label="What came back" />}
      {error !== undefined && <Json value={error} label="The error" />}
      {gone !== undefined && <p class="muted">{gone}</p>}
    </div>
  )
}

const Said = ({ who, text }: { readonly who: string; readonly text: string }) => (
  <div class={`said ${who}`}>
    <span class="who">{who}</span>
    <pre>{text}</pre>
  </div>
)
