// Random machine
// Statecharts from a seed: nested and parallel states, history, delays, eventless transitions, raised and delayed events, final states, an invoked machine and an invoked promise.
import {
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  raise,
  sendParent,
  sendTo,
  type AnyStateMachine,
  type PromiseActorLogic,
} from 'xstate'

export const eventTypes = ['A', 'B', 'C', 'D'] as const

export interface Dice {
  /** An integer in [0, sides). */
  roll(sides: number): number
  chance(share: number): boolean
  pick<Item>(items: readonly Item[]): Item
}

/** mulberry32 */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const roll = (sides: number): number => Math.floor(next() * sides)
  return { roll, chance: (share) => next() < share, pick: (items) => items[roll(items.length)] as (typeof items)[number] }
}

interface Node {
  readonly id: string
  readonly parent: Node | undefined
  readonly children: Node[]
  readonly config: Record<string, unknown> & { states?: Record<string, unknown>; on: Record<string, unknown> }
}

interface Counting {
  readonly context: { readonly n: number }
  readonly event: { readonly type: string; readonly output?: number; readonly v?: number }
}

interface Collect extends Counting {
  readonly enqueue: { assign(fields: object): void; emit(event: object): void; raise(event: object): void }
}

/** Not commutative, so that the order of actions shows. */
const count = (factor: number, plus: number) => assign({ n: ({ context }: Counting) => (context.n * factor + plus) % 997 })

export const kid = createMachine({
  id: 'kid',
  context: { n: 1 },
  initial: 'y',
  states: { y: {}, z: { type: 'final' } },
  on: {
    A: {
      guard: ({ context }: Counting) => context.n < 25,
      actions: [
        assign({ n: ({ context }: Counting) => context.n + 1 }),
        sendParent(({ context }: Counting) => ({ type: context.n % 2 ? 'P' : 'Q', v: context.n })),
      ],
    },
    C: '.z',
  },
  output: ({ context }: Counting) => context.n,
} as never)

export function randomMachine(seed: number, work: PromiseActorLogic<number, undefined>): AnyStateMachine {
  const dice = diceOf(seed)
  const nodes: Node[] = []
  const root = grow(dice, nodes, undefined, 0)
  for (const node of nodes) wire(dice, node, nodes)
  if (dice.chance(0.6)) wireAlways(dice, dice.pick(nodes), nodes)
  invoke(dice, root)
  Object.assign(root.config.on, {
    T: { actions: count(3, 1) },
    R: { actions: count(5, 2) },
    P: { actions: assign({ n: ({ context, event }: Counting) => (context.n + (event.v ?? 0)) % 997 }) },
    Q: { actions: [assign(({ event }: Counting) => ({ last: event.v }) as object), emit({ type: 'q' })] },
  })
  const config = { ...root.config, context: { n: seed % 11 }, options: { maxIterations: 200 } }
  return createMachine(config as never, { actors: { kid, work } } as never)
}

function grow(dice: Dice, nodes: Node[], parent: Node | undefined, depth: number): Node {
  const id = `s${nodes.length}`
  const node: Node = {
    id,
    parent,
    children: [],
    config: { id, entry: actions(dice), exit: actions(dice), on: {}, ...(dice.chance(0.2) && { tags: ['x'] }) },
  }
  nodes.push(node)
  if (depth === 0 || (depth < 3 && dice.chance(0.6))) {
    const parallel = dice.chance(0.3)
    const inner = Array.from({ length: 2 + dice.roll(2) }, () => grow(dice, nodes, node, depth + 1))
    node.children.push(...inner)
    node.config.states = Object.fromEntries(inner.map((child) => [child.id, child.config]))
    if (parallel) node.config['type'] = 'parallel'
    else node.config['initial'] = inner[0]?.id
    if (!parallel && dice.chance(0.3))
      node.config.states['past'] = { id: `${id}past`, type: 'history', history: dice.pick(['deep', 'shallow']) }
    if (!parallel && dice.chance(0.3)) node.config.states['end'] = { id: `${id}end`, type: 'final' }
  }
  return node
}

function actions(dice: Dice): unknown[] {
  if (!dice.chance(0.4)) return []
  return Array.from({ length: 1 + dice.roll(2) }, () => dice.pick(actionKinds)(dice))
}

const actionKinds: readonly ((dice: Dice) => unknown)[] = [
  (dice) => assign({ [`k${dice.roll(3)}`]: ({ context }: Counting) => (context.n * 7 + 3) % 101 }),
  (dice) => count(31, 1 + dice.roll(5)),
  () => raise({ type: 'R' }),
  (dice) => raise({ type: 'T' }, { delay: dice.pick([5, 10, 50]), ...(dice.chance(0.1) && { id: 't' }) }),
  () => cancel('t'),
  (dice) => emit({ type: `e${dice.roll(3)}` }),
  () => sendTo(({ self }) => self, { type: 'T' }, { delay: 7 }),
  () =>
    enqueueActions(((collect: Collect) => {
      const { enqueue, context } = collect
      if (context.n % 2) enqueue.assign({ n: (context.n + 1) % 997 })
      enqueue.emit({ type: 'queued' })
      if (context.n % 5 === 0) enqueue.raise({ type: 'R' })
    }) as never),
]

function wire(dice: Dice, node: Node, nodes: readonly Node[]): void {
  const targets = legalTargets(node, nodes)
  const target = (): string => `#${dice.pick(targets)}`
  for (const type of eventTypes)
    if (dice.chance(0.45))
      node.config.on[type] = Array.from({ length: 1 + dice.roll(2) }, (_, at) => ({
        ...(dice.chance(0.85) && { target: target() }),
        ...(at === 0 && dice.chance(0.5) && { guard: someGuard(dice) }),
        ...(dice.chance(0.15) && { reenter: true }),
        actions: actions(dice),
      }))
  if (dice.chance(0.2))
    node.config['after'] = { [dice.pick([3, 10, 40])]: { target: target(), ...(dice.chance(0.5) && { guard: someGuard(dice) }) } }
  if (node.config.states?.['end']) node.config['onDone'] = { actions: count(1, 17) }
}

/**
 * One node of a machine at most: with two in parallel regions, XState's live actor takes them in the order in which their states were entered,
 * which a restore forgets. Hosted turns take them in document order, always; turns.test.ts shows it.
 */
function wireAlways(dice: Dice, node: Node, nodes: readonly Node[]): void {
  const target = `#${dice.pick(legalTargets(node, nodes))}`
  node.config['always'] = { guard: ({ context }: Counting) => context.n % 13 === 5, target, actions: count(1, 1) }
}

const legalTargets = (from: Node, nodes: readonly Node[]): string[] => nodes.filter((to) => !crossesRegions(from, to)).flatMap(targetsAt)

/** The node itself, and the pseudo-states it holds. */
const targetsAt = (node: Node): string[] => [
  node.id,
  ...['past', 'end'].filter((key) => node.config.states?.[key]).map((key) => `${node.id}${key}`),
]

function someGuard(dice: Dice): (given: Counting) => boolean {
  const [modulus, rest] = [2 + dice.roll(3), dice.roll(3)]
  return ({ context }) => context.n % modulus === rest % modulus
}

function invoke(dice: Dice, root: Node): void {
  const [first, second] = root.children
  if (first && dice.chance(0.6)) {
    const add = assign({ n: ({ context, event }: Counting) => (context.n + (event.output ?? 0)) % 997 })
    first.config['invoke'] = { id: 'kid', src: 'kid', onDone: { actions: add } }
    first.config.on['B'] = { actions: sendTo('kid', { type: 'A' }) }
    first.config.on['D'] = { actions: sendTo('kid', { type: 'C' }) }
  }
  if (second && dice.chance(0.6)) {
    const end = { actions: assign({ n: ({ context, event }: Counting) => (context.n * 2 + (event.output ?? 1)) % 997 }) }
    second.config['invoke'] = { id: 'work', src: 'work', onDone: end, ...(dice.chance(0.7) && { onError: end }) }
  }
}

function crossesRegions(from: Node, to: Node): boolean {
  const line = new Set(ancestry(from))
  const common = ancestry(to).find((node) => line.has(node))
  return common?.config['type'] === 'parallel' && common !== from && common !== to
}

const ancestry = (node: Node): readonly Node[] => [node, ...(node.parent ? ancestry(node.parent) : [])]
