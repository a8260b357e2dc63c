// Outline
// The chart as a tree of states and their transitions, for those who read rather than look; it shares the selection with the chart.
import { useState } from 'preact/hooks'
import { Icon } from '../components/icon.tsx'
import { ancestorsOf, pathText, type ChartTree } from '../chart/tree.ts'
import type { Marks } from '../chart/mark.ts'
import type { Chosen } from '../chart/use-element.ts'
import { outlineOf, type OutlineItem } from './outline-items.ts'

export interface OutlineProps {
  readonly tree: ChartTree
  readonly active: ReadonlySet<string>
  readonly chosen: Chosen
  /** What is said of states and transitions on the chart is said here too. */
  readonly marks: Marks
  onChoose(chosen: Chosen): void
}

export function Outline({ tree, active, chosen, marks, onChoose }: OutlineProps) {
  const selected = chosen.edge ?? chosen.state
  const [opened, setOpened] = useState<ReadonlySet<string>>(() => new Set([tree.root, ...active]))
  const [at, setAt] = useState<string | undefined>()
  const shown = new Set([...opened, ...around(tree, chosen)])
  const items = outlineOf(tree, shown)
  const current = items.find(({ id }) => id === (at ?? selected)) ?? items[0]
  const choose = (item: OutlineItem | undefined): void => {
    if (!item) return
    setAt(item.id)
    document.getElementById(domId(item))?.focus()
    onChoose(item.edge === undefined ? { state: item.id } : { edge: item.edge })
  }
  const toggle = ({ id }: OutlineItem, isOpen: boolean): void =>
    setOpened(new Set(isOpen ? [...shown, id] : [...shown].filter((one) => one !== id)))
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!current) return
    const index = items.indexOf(current)
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => choose(items[index + 1]),
      ArrowUp: () => choose(items[index - 1]),
      Home: () => choose(items[0]),
      End: () => choose(items.at(-1)),
      ArrowRight: () => (current.isOpen === false ? toggle(current, true) : choose(items[index + 1])),
      ArrowLeft: () =>
        current.isOpen === true ? toggle(current, false) : choose(items.findLast(({ level }, one) => one < index && level < current.level)),
      Enter: () => choose(current),
    }
    const move = Object.hasOwn(moves, event.key) ? moves[event.key] : undefined
    if (!move) return
    event.preventDefault()
    move()
  }
  return (
    <div class="outline">
      <ul role="tree" aria-label="States and transitions" onKeyDown={onKeyDown}>
        {items.map((item) => (
          <li
            key={item.id}
            id={domId(item)}
            role="treeitem"
            aria-level={item.level}
            aria-expanded={item.isOpen}
            aria-selected={item.id === selected}
            aria-current={active.has(item.id) ? 'true' : undefined}
            class={`level-${Math.min(item.level, 8)} ${item.edge === undefined ? 'of-state' : 'of-edge'}`}
            tabIndex={item === current ? 0 : -1}
            onClick={() => choose(item)}
          >
            <button
              type="button"
              class="twist"
              tabIndex={-1}
              aria-hidden="true"
              onClick={() => item.isOpen !== undefined && toggle(item, !item.isOpen)}
            >
              {item.isOpen !== undefined && <Icon name={item.isOpen ? 'open' : 'right'} size={10} />}
            </button>
            <ItemText item={item} tree={tree} notes={notesOf(marks, item.id)} />
          </li>
        ))}
      </ul>
    </div>
  )
}

const domId = ({ id }: OutlineItem): string => `outline-${id}`

const ItemText = ({ item, tree, notes }: { readonly item: OutlineItem; readonly tree: ChartTree; readonly notes: string }) => (
  <>
    {item.edge === undefined ? item.text : <span class="muted">{item.text}</span>}
    {notes !== '' && (
      <span class="sign" title={notes}>
        !<span class="hidden-line"> {notes}</span>
      </span>
    )}
    {item.targets && item.targets.length > 0 && (
      <span title={item.targets.map((target) => pathText(tree, target)).join(', ')}>
        → {item.targets.map((target) => tree.places.get(target)?.node.key ?? target).join(', ')}
      </span>
    )}
  </>
)

/** What must be open for the chosen one to be seen. */
function around(tree: ChartTree, { state, edge }: Chosen): readonly string[] {
  if (state !== undefined) return ancestorsOf(tree, state)
  const source = edge === undefined ? undefined : tree.edges.get(edge)?.source
  return source === undefined ? [] : [source, ...ancestorsOf(tree, source)]
}

const notesOf = (marks: Marks, id: string): string =>
  [marks.get(id) ?? []]
    .flat()
    .flatMap(({ note }) => note ?? [])
    .join('; ')
