// Paths of
// The free test of every hosted machine: a shortest path to each state that can be reached, found on the bare machine by xstate/graph,
// then taken through hosted turns with a full restore before each, compared step by step.
import { getShortestPaths } from 'xstate/graph'
import type { AnyMachineSnapshot, AnyStateNode } from 'xstate'
import { actorId } from '../../machines/address.ts'
import { withMeta, type ActorEvent, type EventMeta } from '../../machines/message.ts'
import type { ActorDefinition } from '../define-actor.ts'
import {
  birth,
  decode,
  fromStored,
  prepare,
  takeTurn,
  toStored,
  type Arrival,
  type Host,
  type Json,
  type StoredChart,
} from '../statechart/index.ts'
import { nodesOf } from '../statechart/structure.ts'
import { ensure } from './ensure.ts'

export interface PathOptions {
  readonly input?: Json
  /** What clients and other actors may send; `after` events and the failures of children come by themselves. */
  readonly events?: readonly ActorEvent[]
  /** By source: what its effect or child may end with. Default: undefined. */
  readonly outputs?: Readonly<Record<string, readonly unknown[]>>
  /** What tells states apart beside the state value: the few facts of the context that guards look at. Default: nothing. */
  readonly key?: (context: never) => unknown
  /** State nodes that no path reaches, by id; any other missing node fails the test. */
  readonly unreachable?: readonly string[]
  /** States looked at before the search gives up. Default 5,000. */
  readonly limit?: number
}

export interface Coverage {
  readonly paths: number
  readonly steps: number
}

const facts: EventMeta = { at: 1_700_000_000_000, id: 'path', random: 0.5 }
const address = (definition: ActorDefinition) => actorId('paths', definition.name, 'one')

/** Fails when a hosted turn leads elsewhere than the machine alone, or when a state is never reached. */
export function everyPathReplays(definition: ActorDefinition, options: PathOptions = {}): Coverage {
  const host = prepare(definition)
  const paths = pathsOf(host, options)
  for (const { steps } of paths) replay(host, options, steps)
  ensure('states that no path reaches', unreached(host, paths), [...(options.unreachable ?? [])].toSorted())
  return { paths: paths.length, steps: paths.reduce((sum, { steps }) => sum + steps.length, 0) }
}

interface Step {
  readonly state: AnyMachineSnapshot
  readonly event: ActorEvent
}

interface Path {
  readonly state: AnyMachineSnapshot
  readonly steps: readonly Step[]
}

function pathsOf(host: Host, { input = null, key, limit = 5_000, ...options }: PathOptions): readonly Path[] {
  return getShortestPaths(host.machine, {
    input: decode(input) as never,
    limit,
    events: (state) => eventsIn(state, options).map((event) => withMeta(event, facts)),
    serializeState: ({ value, status, context }) => JSON.stringify([value, status, key?.(context as never)]),
  })
}

/** Everything that may happen in a state. */
function eventsIn(
  state: AnyMachineSnapshot,
  { events = [], outputs = {} }: Pick<PathOptions, 'events' | 'outputs'>,
): readonly ActorEvent[] {
  const nodes: readonly AnyStateNode[] = state._nodes
  const delays = nodes.flatMap((node) => node.after.map(({ eventType }) => ({ type: eventType })))
  const ends = nodes.flatMap((node) =>
    node.invoke.flatMap(({ id, src }) => [
      ...((typeof src === 'string' ? outputs[src] : undefined) ?? [undefined]).map((output) => ({
        type: `xstate.done.actor.${id}`,
        output,
        actorId: id,
      })),
      { type: `xstate.error.actor.${id}`, error: new Error(`${id} failed`), actorId: id },
    ]),
  )
  return [...events, ...delays, ...ends]
}

function replay(host: Host, { input = null }: PathOptions, steps: readonly Step[]): void {
  const at = address(host.definition)
  let stored = throughJson(toStored(host, birth(host, { address: at, input }, facts).next))
  const taken: string[] = []
  for (const { event, state } of steps) {
    if (event.type === 'xstate.init') continue
    taken.push(event.type)
    const outcome = takeTurn(host, fromStored(host, at, stored), arrivalOf(event, stored), facts)
    if (!outcome) throw new Error(`after ${taken.join(', ')}: the last was out of date`)
    stored = throughJson(toStored(host, outcome.next))
    const { value, status } = state
    ensure(`the state after ${taken.join(', ')}`, { value: stored.value, status: stored.status }, { value, status })
  }
}

/** The event as the kernel would bring it: a timer that fires, a result, the notice of a child, or a message. */
function arrivalOf({ '@': _facts, ...event }: ActorEvent, { timers, children }: StoredChart): Arrival {
  const timer = timers[event.type]
  if (timer) return { kind: 'timer', id: event.type, n: timer.n }
  const id = String(event['actorId'])
  const child = event.type.startsWith('xstate.') ? children[id] : undefined
  if (!child) return { kind: 'event', event }
  if (child.kind === 'actor') return { kind: 'event', event, from: child.address as ReturnType<typeof address> }
  const ok = event.type.startsWith('xstate.done.')
  return { kind: 'result', id, key: child.address, result: ok ? { ok, output: event['output'] } : { ok, error: event['error'] } }
}

function unreached({ machine }: Host, paths: readonly Path[]): readonly string[] {
  const reached = new Set(paths.flatMap(({ steps, state }) => [state, ...steps.map((step) => step.state)].flatMap(nodeIds)))
  return nodesOf(machine.root)
    .filter(({ id, type }) => type !== 'history' && !reached.has(id))
    .map(({ id }) => id)
    .toSorted()
}

const nodeIds = ({ _nodes }: AnyMachineSnapshot): readonly string[] => _nodes.map(({ id }: AnyStateNode) => id)

const throughJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value
