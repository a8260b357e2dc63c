// Edge card
// The selected transition in words: what takes it, from where to where, under which condition, what it does, and where one may stop at it.
import type { ComponentChildren } from 'preact'
import { Button } from '../components/button.tsx'
import { edgeName } from './edge-name.ts'
import { pathText, type ChartTree } from './tree.ts'

export interface EdgeCardProps {
  readonly tree: ChartTree
  readonly edge: string
  onClose(): void
  readonly children?: ComponentChildren
}

export function EdgeCard({ tree, edge, onClose, children }: EdgeCardProps) {
  const { transition, source } = tree.edges.get(edge) ?? {}
  if (!transition || source === undefined) return null
  const { guard, actions, targets, description, reenter } = transition
  const to = targets.map((target) => pathText(tree, target)).join(', ')
  const name = edgeName(tree, edge)
  const stays = reenter ? 'enters the state again' : 'stays'
  return (
    <section class="edge-card" aria-label={`Transition ${name}`}>
      <h2>
        <code>{name}</code>
        <span class="space" />
        <Button kind="ghost" icon="close" label="Select nothing" onClick={onClose} />
      </h2>
      {description !== undefined && <p>{description}</p>}
      <dl class="pairs">
        <dt>from</dt>
        <dd>{pathText(tree, source)}</dd>
        <dt>to</dt>
        <dd>{to === '' ? stays : to}</dd>
        {guard !== undefined && (
          <>
            <dt>if</dt>
            <dd>
              <code>{guard}</code>
            </dd>
          </>
        )}
        {actions.length > 0 && (
          <>
            <dt>does</dt>
            <dd>
              <code>{actions.join(', ')}</code>
            </dd>
          </>
        )}
      </dl>
      {children}
    </section>
  )
}
