// Generated machine
// A machine of about so many states from a seed, with everything a chart can show: nested and parallel states, history, final states, delays,
// eventless and guarded transitions, invokes, transitions across frames, to ancestors, to several targets, and on the root.
// It is to be drawn and judged, not run: its guards and actions have no implementations.
import { and, createMachine, not, or, raise, type AnyStateMachine } from 'xstate'
import { diceOf, type Dice } from '../runtime/statechart/random-machine.ts'

interface Node {
  readonly id: string
  readonly path: readonly Node[]
  readonly children: Node[]
  readonly config: Record<string, unknown> & { on: Record<string, unknown[]>; states: Record<string, unknown> }
}

const verbs = [
  'load',
  'parse',
  'check',
  'plan',
  'fetch',
  'merge',
  'rank',
  'score',
  'draft',
  'review',
  'submit',
  'retry',
  'wait',
  'sync',
  'close',
] as const
const depthMax = 5

export function generatedMachine(seed: number, states: number): AnyStateMachine {
  const dice = diceOf(seed)
  const nodes: Node[] = []
  const root = grow(dice, nodes, [], Math.max(1, states))
  for (const node of nodes) wire(dice, node, nodes)
  root.config.on['cancel'] = [{ target: `#${dice.pick(nodes).id}` }]
  root.config.on['ping'] = [{ actions: 'note' }]
  return createMachine(root.config as never) // the types of XState know no config that is computed
}

function grow(dice: Dice, nodes: Node[], around: readonly Node[], budget: number): Node {
  const id = around.length === 0 ? 'generated' : `${dice.pick(verbs)}${nodes.length}`
  const children: Node[] = []
  const node: Node = {
    id,
    path: around,
    children,
    config: { id, on: {}, states: {}, entry: some(dice, 0.2, 'note'), exit: some(dice, 0.1, 'leave') },
  }
  nodes.push(node)
  if (dice.chance(0.1)) node.config['tags'] = ['waiting-human']
  let left = budget - 1
  if (left < 2 || around.length === depthMax) return node
  const most = around.length === depthMax - 1 ? 24 : 9
  const wanted = Math.min(left, 2 + dice.roll(most - 1))
  for (let at = 0; at < wanted && left > 0; at++) {
    const isLast = at === wanted - 1
    const share =
      around.length === depthMax - 1 || dice.chance(0.3)
        ? 1
        : isLast
          ? left
          : Math.ceil((left / (wanted - at)) * (0.5 + dice.roll(10) / 10))
    const child = grow(dice, nodes, [...around, node], Math.min(left, share))
    left -= sizeOf(child)
    children.push(child)
    node.config.states[child.id] = child.config
  }
  if (around.length > 0 && children.length <= 4 && dice.chance(0.25)) node.config['type'] = 'parallel'
  else compound(dice, node, nodes)
  return node
}

function compound(dice: Dice, { id, children, config, path }: Node, nodes: Node[]): void {
  config['initial'] = children[0]?.id
  const pseudo = (key: string, more: object): void => {
    const made: Node = {
      id: `${key}${nodes.length}`,
      path,
      children: [],
      config: { id: `${key}${nodes.length}`, on: {}, states: {}, ...more },
    }
    nodes.push(made)
    config.states[made.id] = made.config
  }
  if (dice.chance(0.4)) pseudo('done', { type: 'final' })
  if (dice.chance(0.2))
    pseudo('past', {
      type: 'history',
      history: dice.pick(['deep', 'shallow']),
      ...(dice.chance(0.5) && { target: `#${children.at(-1)?.id ?? id}` }),
    })
  if (dice.chance(0.3)) config['onDone'] = { target: `#${dice.pick(nodes).id}` }
}

const sizeOf = (node: Node): number => 1 + node.children.reduce((sum, child) => sum + sizeOf(child), 0)
const some = (dice: Dice, share: number, action: string): unknown[] =>
  dice.chance(share) ? [action, { type: action, params: { n: 1 } }] : []
const isPseudo = ({ config }: Node): boolean => config['type'] === 'final' || config['type'] === 'history'

function wire(dice: Dice, node: Node, nodes: readonly Node[]): void {
  if (isPseudo(node)) return
  const { config, path } = node
  const siblings = path.at(-1)?.children ?? [node]
  const next = siblings[siblings.indexOf(node) + 1]
  const far = (): string => `#${dice.pick(nodes).id}`
  const near = (): string => `#${dice.pick(siblings).id}`
  const on = (event: string, transition: object): void => void (config.on[event] ??= []).push(transition)
  if (next) on(`${node.id}.ok`, { target: `#${next.id}` })
  if (dice.chance(0.4)) on(`${node.id}.failed`, { target: near(), guard: dice.pick(guards), actions: ['note'] })
  if (dice.chance(0.15)) on(`${node.id}.jump`, { target: far() })
  if (dice.chance(0.15)) on('tick', { actions: [raise({ type: 'ticked' })], guard: 'due' })
  if (dice.chance(0.1)) on(`${node.id}.ok`, { target: near(), reenter: true })
  if (dice.chance(0.05)) on('*', { target: near() })
  if (dice.chance(0.03)) on(`${node.id}.both`, { target: [far(), far()] })
  if (dice.chance(0.2)) config['after'] = { [dice.pick([250, 5_000, 3_600_000, 'backoff'])]: { target: near() } }
  if (dice.chance(0.1)) config['always'] = [{ target: near(), guard: dice.pick(guards) }]
  if (dice.chance(0.2))
    config['invoke'] = { id: `job of ${node.id}`, src: 'job', onDone: near(), ...(dice.chance(0.7) && { onError: far() }) }
}

const guards: readonly unknown[] = [
  'canRetry',
  not('isFinal'),
  and(['ready', or(['rich', not('late')])]),
  { type: 'atLeast', params: { n: 3 } },
  () => true,
]
