import { pathText, type ChartTree } from '../chart/tree.ts'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { breakpointsOf, toggleBreakpoint } from './debugging.ts'
import type { ChartTransition } from '../wire.ts'
import type { AgentView } from './view.ts'

/** The selected state in words: what it does, where it leads, and whether the actor stops there. */
export function StatePart({ view: { store, selected, select } }: { readonly view: AgentView }) {
  const tree = store.known.chart.value?.tree
  const { node } = (selected !== undefined && tree?.places.get(selected)) || {}
  if (!tree || !node) return null
  const stops = breakpointsOf(store).some(({ on, match }) => on === 'state' && match === node.id)
  const does: readonly (readonly [string, readonly string[]])[] = [
    ['on entry', node.entry],
    ['runs', node.invokes.map(({ src }) => src)],
    ['on exit', node.exit],
  ]
  return (
    <section class="part chosen-state">
      <h2>
        <Icon name={`state-${node.type}`} /> {pathText(tree, node.id)} <span class="muted">{node.type}</span>
        {node.tags.map((tag) => (
          <Badge key={tag} tone="accent">
            {tag}
          </Badge>
        ))}
        <span class="space" />
        <Button kind="ghost" icon="close" label="Select nothing" onClick={() => select(undefined)} />
      </h2>
      {node.description !== undefined && <p>{node.description}</p>}
      <dl class="pairs">
        {does.map(
          ([name, list]) =>
            list.length > 0 && (
              <>
                <dt>{name}</dt>
                <dd>{list.join(', ')}</dd>
              </>
            ),
        )}
        <Transitions tree={tree} of={node.transitions} />
      </dl>
      <Button icon="stop" pressed={stops} onClick={() => void toggleBreakpoint(store, 'state', node.id)}>
        {stops ? 'It stops here' : 'Stop here'}
      </Button>
    </section>
  )
}

const Transitions = ({ tree, of }: { readonly tree: ChartTree; readonly of: readonly ChartTransition[] }) => (
  <>
    {of.map(({ id, label, guard, targets }) => (
      <>
        <dt>{label}</dt>
        <dd key={id}>
          {targets.map((target) => pathText(tree, target)).join(', ') || 'stays'}
          {guard !== undefined && <span class="muted"> if {guard}</span>}
        </dd>
      </>
    ))}
  </>
)
