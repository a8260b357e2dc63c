// Check
// Whether a stored state fits a machine it was not written by, decided without running it.
// XState restores a misfit in silence: new regions are entered without entry actions, timers or invokes; a missing state destroys the snapshot.
import type { AnyStateNode } from 'xstate'
import { nodesOf } from './structure.ts'
import type { Json, StoredChart } from './stored.ts'
import type { Host } from './turn.ts'

/** Why the stored state does not fit the host's machine; empty when it does. */
export function check(host: Host, stored: StoredChart): string[] {
  const faults: string[] = []
  const active = new Set<AnyStateNode>()
  walk(host.machine.root, stored.value, { faults, active })
  if (stored.status !== 'active') return faults
  const all = nodesOf(host.machine.root)
  return [...faults, ...childFaults(host, stored, active), ...timerFaults(stored, active, all), ...historyFaults(stored, all)]
}

interface Walk {
  readonly faults: string[]
  readonly active: Set<AnyStateNode>
}

function walk(node: AnyStateNode, value: Json, seen: Walk): void {
  seen.active.add(node)
  const named = typeof value === 'string' ? { [value]: {} } : isFields(value) ? value : {}
  const regions = Object.values(node.states).filter(({ type }) => type !== 'history')
  for (const [key, inner] of Object.entries(named)) {
    const child = node.states[key]
    if (child) walk(child, inner, seen)
    else seen.faults.push(`state '${node.id}.${key}' does not exist`)
  }
  const missing = regions.filter(({ key }) => !Object.hasOwn(named, key))
  if (node.type === 'parallel')
    for (const { id } of missing) seen.faults.push(`region '${id}' is new: it would be entered without entry actions, timers or invokes`)
  if (node.type === 'compound' && Object.keys(named).length !== 1)
    seen.faults.push(
      `'${node.id}' is compound now: ${Object.keys(named).length === 0 ? 'its initial state would be entered without entry actions, timers or invokes' : 'it was parallel'}`,
    )
}

function childFaults({ definition }: Host, { children }: StoredChart, active: ReadonlySet<AnyStateNode>): string[] {
  const unknown = Object.entries(children)
    .filter(([, { src, ended }]) => !ended && !Object.hasOwn(definition.effects, src) && !Object.hasOwn(definition.children, src))
    .map(([id, { src }]) => `child '${id}' runs '${src}', which the definition no longer has`)
  const idle = [...active]
    .flatMap(({ invoke }) => invoke)
    .filter(({ id }) => !Object.hasOwn(children, id))
    .map(({ id }) => `the active state invokes '${id}' now, which is not running`)
  return [...unknown, ...idle]
}

function timerFaults({ timers }: StoredChart, active: ReadonlySet<AnyStateNode>, all: readonly AnyStateNode[]): string[] {
  const unarmed = [...active]
    .flatMap(({ after }) => after)
    .filter(({ eventType }) => !Object.hasOwn(timers, eventType))
    .map(({ eventType }) => `the active state has the delay '${eventType}' now, which is not armed`)
  const orphaned = Object.keys(timers)
    .filter((id) => id.startsWith('xstate.after.') && !all.some(({ transitions }) => transitions.has(id)))
    .map((id) => `the armed delay '${id}' has no transition any more`)
  return [...new Set(unarmed), ...orphaned]
}

function historyFaults({ historyValue }: StoredChart, all: readonly AnyStateNode[]): string[] {
  const ids = new Set(all.map(({ id }) => id))
  return Object.entries(historyValue).flatMap(([history, remembered]) =>
    [history, ...remembered].filter((id) => !ids.has(id)).map((id) => `history '${history}' remembers '${id}', which does not exist`),
  )
}

const isFields = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
