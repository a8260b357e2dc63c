import { Badge } from '../components/badge.tsx'
import { Icon } from '../components/icon.tsx'
import { Empty } from '../components/states.tsx'
import { clockText, countText, durationText, usdText } from '../format.ts'
import type { Calls, EffectRun } from '../wire.ts'

/** Calls of language models, and the other effects, newest first. */
export function CallsTab({ calls: { llm, effects } }: { readonly calls: Calls }) {
  if (llm.length + effects.length === 0)
    return <Empty title="It has called nothing">Calls of models and tools show here once they have ended.</Empty>
  const tokens = llm.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0)
  const cost = llm.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0)
  return (
    <>
      <section class="part">
        <h2>
          LLM calls <Badge>{llm.length}</Badge> <Badge tone="violet">{countText(tokens)} tokens</Badge> <Badge>{usdText(cost)}</Badge>
        </h2>
        <ol class="calls">
          {llm
            .toSorted((one, other) => other.at - one.at)
            .map(({ at, model, inputTokens, outputTokens, costUsd, latencyMs, finish }) => (
              <li key={`${at} ${model}`}>
                <Icon name="model" />
                <strong>{model}</strong>
                <span class="figure">{durationText(latencyMs)}</span>
                <span class="below muted">
                  {clockText(at)} · {inputTokens} in · {outputTokens} out ·{' '}
                  {costUsd === undefined || costUsd === null ? 'cost unknown' : usdText(costUsd)}
                  {finish && finish !== 'stop' && ` · ${finish}`}
                </span>
              </li>
            ))}
        </ol>
      </section>
      {effects.length > 0 && (
        <section class="part">
          <h2>
            Effects <Badge>{effects.length}</Badge>
          </h2>
          <ol class="calls">
            {effects
              .toSorted((one, other) => other.startedAt - one.startedAt)
              .map((effect) => (
                <EffectLine key={effect.key} effect={effect} />
              ))}
          </ol>
        </section>
      )}
    </>
  )
}

const EffectLine = ({ effect: { key, src, startedAt, endedAt, ok } }: { readonly effect: EffectRun }) => {
  const isRunning = endedAt === undefined || endedAt === null
  return (
    <li>
      <Icon name="tool" />
      <strong>{src}</strong>
      <span class="figure">{isRunning ? <Badge tone="accent">runs</Badge> : durationText(endedAt - startedAt)}</span>
      <span class="below muted">
        {clockText(startedAt)} {!isRunning && ok === false && <Badge tone="bad">failed</Badge>} <code>{key}</code>
      </span>
    </li>
  )
}
