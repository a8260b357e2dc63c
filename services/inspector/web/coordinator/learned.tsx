// Learned
// What each agent has shown on each type of task: how often it did well, and how much is known.
import { Panel } from '../components/panel.tsx'
import { Empty } from '../components/states.tsx'
import { countText, percentText } from '../format.ts'
import { matrixOf } from './ranges.ts'
import type { CoordinatorSummary } from './wire.ts'

const most = { arms: 14, types: 8 }
/** From which success on a cell has the next colour. */
const levels = [0, 0.4, 0.6, 0.8, 0.95]

export function Learned({ learned, learnedMore }: Pick<CoordinatorSummary, 'learned' | 'learnedMore'>) {
  const { arms, types, cell } = matrixOf(learned, most)
  return (
    <Panel title="What it has learned" beside={<span class="muted small">colour is success, below it the outcomes that count</span>}>
      {arms.length === 0 ? (
        <Empty title="Nothing yet">It begins with what the agents’ cards promise.</Empty>
      ) : (
        <div class="table-scroll" tabIndex={0} role="region" aria-label="Success by agent and type of task">
          <table class="table matrix">
            <thead>
              <tr>
                <td />
                {types.map((type) => (
                  <th key={type} scope="col">
                    {type}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {arms.map((arm) => (
                <tr key={arm}>
                  <th scope="row">{arm}</th>
                  {types.map((type) => {
                    const one = cell(arm, type)
                    return (
                      <td key={type} class={one ? `shows-${levels.filter((from) => one.reward >= from).length}` : 'none'}>
                        {one ? (
                          <>
                            <strong>{percentText(Math.round(one.reward * 100) / 100)}</strong>
                            <span>{countText(Math.round(one.outcomes))}</span>
                          </>
                        ) : (
                          <span class="muted">–</span>
                        )}
                      </td>
                    )
                  })}
                </tr>
              ))}
            </tbody>
          </table>
          {learnedMore > 0 && <p class="muted table-more">{learnedMore} more pairs</p>}
        </div>
      )}
    </Panel>
  )
}
