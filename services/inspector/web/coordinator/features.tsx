import { Panel } from '../components/panel.tsx'
import { scaleOf } from '../figures/scale.ts'

const width = 120

/** What the policy was told of the task, each -1 to 1. */
export const Features = ({ features }: { readonly features: Readonly<Record<string, number>> }) => (
  <Panel title="What the model looked at">
    <dl class="panel-body features">
      {Object.entries(features)
        .toSorted(([, one], [, other]) => Math.abs(other) - Math.abs(one))
        .map(([name, value]) => {
          const x = scaleOf(-1, 1, width)(Math.min(1, Math.max(-1, value)))
          return (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <svg width={width} height="12" aria-hidden="true">
                  <path class="rule" d={`M${width / 2} 0V12`} />
                  <rect
                    class={value < 0 ? 'negative' : 'positive'}
                    x={Math.min(x, width / 2)}
                    y="2"
                    width={Math.abs(x - width / 2)}
                    height="8"
                    rx="2"
                  />
                </svg>
                {value.toFixed(2)}
              </dd>
            </div>
          )
        })}
    </dl>
  </Panel>
)
