// Source faults
// What is wrong with the sources of a definition: every invoke and spawn needs a name, and every name an effect or a child.
import { StateMachine, type AnyActorLogic, type AnyActorScope } from 'xstate'
import type { ActorDefinition } from '../define-actor.ts'
import { actionsOf, builtIn, invokesOf } from './machine-actions.ts'

export function sourceFaults(definition: ActorDefinition): string[] {
  const { machine, effects, children } = definition
  const declared = Object.entries(machine.implementations.actors as Readonly<Record<string, AnyActorLogic>>)
  const names = new Set([...declared.map(([name]) => name), ...usedSources(definition)])
  return [
    ...inlineFaults(definition),
    ...declared.flatMap(([name, logic]) => logicFaults(name, logic)),
    ...[...names].flatMap((name) => {
      const [effect, child] = [Object.hasOwn(effects, name), Object.hasOwn(children, name)]
      if (effect && child) return [`source '${name}' is both an effect and a child; keep one`]
      if (effect || child) return []
      return [`source '${name}' has no effect and no child; add it to 'effects' (work) or 'children' (an actor)`]
    }),
  ]
}

function usedSources({ machine }: ActorDefinition): string[] {
  const spawned = actionsOf(machine).map(({ action }) => builtIn(action, 'spawnChild')?.src)
  const invoked = invokesOf(machine).map(({ invoke }) => invoke.src)
  return [...invoked, ...spawned].filter((src): src is string => typeof src === 'string')
}

function inlineFaults({ machine }: ActorDefinition): string[] {
  const invoked = invokesOf(machine).flatMap(({ place, invoke }) => [
    ...(typeof invoke.src === 'string' ? [] : [`${place}: invokes inline logic; name it in setup({ actors })`]),
    ...(invoke.systemId === undefined ? [] : [`${place}: systemId is not supported; send to the child's id or to an address`]),
    ...(invoke.onSnapshot === undefined ? [] : [`${place}: onSnapshot is not supported; let the child send what its parent should know`]),
  ])
  const spawned = actionsOf(machine).flatMap(({ place, action }) => {
    const spawn = builtIn(action, 'spawnChild')
    if (!spawn) return []
    return [
      ...(typeof spawn.src === 'string' ? [] : [`${place}: spawns inline logic; name it in setup({ actors })`]),
      ...(spawn.systemId === undefined ? [] : [`${place}: systemId is not supported; send to the child's id or to an address`]),
      ...(spawn.syncSnapshot ? [`${place}: syncSnapshot is not supported; let the child send what its parent should know`] : []),
    ]
  })
  return [...invoked, ...spawned]
}

const logicFaults = (name: string, logic: AnyActorLogic): string[] =>
  logic instanceof StateMachine || isPromiseLogic(logic)
    ? []
    : [
        `source '${name}' is callback, observable or transition logic, which lives in one process only; declare it with effect() or make it a machine`,
      ]

/** Logic carries no kind, but only a promise's ends, with this output, on this event of its own. */
function isPromiseLogic(logic: AnyActorLogic): boolean {
  const output = {}
  try {
    const pending = { status: 'active', output: undefined, error: undefined, input: undefined }
    const ended: { readonly status?: unknown; readonly output?: unknown } = logic.transition(
      pending,
      { type: 'xstate.promise.resolve', data: output },
      // Promise logic asks nothing of its scope here; what does is not a promise, and fails.
      {} as AnyActorScope,
    )
    return ended.status === 'done' && ended.output === output
  } catch {
    return false
  }
}
