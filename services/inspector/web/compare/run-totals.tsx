import { stateText } from '../agent/state-value.ts'
import { StatusBadge } from '../components/badge.tsx'
import { countText, durationText, usdText } from '../format.ts'
import { agentPath } from '../place.ts'
import { deltaText } from './findings.ts'
import { versionsPath } from './run-name.ts'
import type { RunComparison, RunSummary } from './wire.ts'

interface Figure {
  readonly name: string
  of(total: RunSummary['total']): number
  text(value: number): string
}

const figures: readonly Figure[] = [
  { name: 'turns', of: ({ turns }) => turns, text: countText },
  { name: 'time', of: ({ ms }) => ms, text: durationText },
  { name: 'model calls', of: ({ calls }) => calls, text: countText },
  { name: 'tokens', of: ({ tokens }) => tokens, text: countText },
  { name: 'cost', of: ({ costUsd }) => costUsd, text: usdText },
  { name: 'failures', of: ({ failures }) => failures, text: countText },
]

/** Who the two are, what each came to, and the difference. */
export const RunTotals = ({ compared: { a, b, type } }: { readonly compared: RunComparison }) => (
  <div class="table-scroll" role="region" aria-label="What each came to" tabIndex={0}>
    <table class="table compare-totals">
      <thead>
        <tr>
          <th scope="col">run</th>
          <th scope="col">actor</th>
          <th scope="col">state</th>
          {figures.map(({ name }) => (
            <th key={name} scope="col" class="number">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <Run side="A" run={a} />
        <Run side="B" run={b} />
        <tr>
          <th scope="row">B − A</th>
          <td>
            {a.hash !== b.hash && (
              <a href={versionsPath(type, a.hash, b.hash)}>
                of two versions: {a.version} and {b.version}
              </a>
            )}
          </td>
          <td />
          {figures.map(({ name, of, text }) => (
            <td key={name} class="number">
              {deltaText(of(a.total), of(b.total), text)}
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  </div>
)

const Run = ({ side, run }: { readonly side: 'A' | 'B'; readonly run: RunSummary }) => (
  <tr>
    <th scope="row">
      <span class={`compare-side ${side}`}>{side}</span>
    </th>
    <td class="mono compare-actor">
      <a href={agentPath(run.actor, run.to)}>{run.actor}</a> <span class="muted">{turnsText(run)}</span>
    </td>
    <td>
      <StatusBadge status={run.status} /> <span class="muted">{stateText(run.value)}</span>
    </td>
    {figures.map(({ name, of, text }) => (
      <td key={name} class="number">
        {text(of(run.total))}
      </td>
    ))}
  </tr>
)

const turnsText = ({ after, to }: RunSummary): string => (to > after ? `turns ${after + 1} to ${to}` : `no turn after ${after}`)
