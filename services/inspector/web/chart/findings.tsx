// Findings
// What the lint found in a chart: signs at the states and transitions they are about, and a list beside the chart that leads to them.
import type { Finding } from '../wire.ts'
import type { Mark } from './mark.ts'
import type { Chosen } from './use-element.ts'

/** By state or transition. */
export const findingMarks = (findings: readonly Finding[]): ReadonlyMap<string, readonly Mark[]> =>
  new Map(
    [...Map.groupBy(findings, ({ state, edge }) => edge ?? state)].map(([id, here]) => [
      id,
      here.map(({ rule, what }): Mark => ({ tone: 'finding', note: `${rule}: ${what}` })),
    ]),
  )

export const findingsText = (count: number): string => (count === 1 ? '1 finding' : `${count} findings`)

export const FindingsAside = ({ findings, onChoose }: { readonly findings: readonly Finding[]; onChoose(chosen: Chosen): void }) => (
  <section class="outline findings-aside" aria-label="What the lint found">
    <ul class="findings">
      {findings.map(({ rule, severity, state, edge, what, mend }) => (
        <li key={`${rule} ${state} ${edge ?? ''}`} class={severity}>
          <button type="button" class="plain-link" onClick={() => onChoose(edge === undefined ? { state } : { edge })}>
            {edge ?? state}
          </button>{' '}
          <code>{rule}</code>
          <p>{what}</p>
          <p class="muted">{mend}</p>
        </li>
      ))}
    </ul>
  </section>
)
