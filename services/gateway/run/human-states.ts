// Human states
// In which states of which actor types a person has to act: those with the tag `needs-human`.
import type { ActorDefinition } from '../../../runtime/define-actor.ts'
import { chartOf, type ChartNode } from '../../../runtime/statechart/index.ts'

const tag = 'needs-human'

export interface HumanStates {
  /** Whether an actor of this type waits for a person in this state value. */
  waits(type: string, state: unknown): boolean
  /** Names of the top states of these types that have the tag. */
  topStates(isWanted: (type: string) => boolean): readonly string[]
}

const known = new WeakMap<readonly ActorDefinition[], HumanStates>()

/** Made once of the same definitions. */
export function humanStatesOf(definitions: readonly ActorDefinition[]): HumanStates {
  const found = known.get(definitions) ?? findHumanStates(definitions)
  known.set(definitions, found)
  return found
}

function findHumanStates(definitions: readonly ActorDefinition[]): HumanStates {
  const paths = new Map(definitions.map(({ name, machine }) => [name, pathsBelow(chartOf(machine).root)]))
  return {
    waits: (type, state) => (paths.get(type) ?? []).some((path) => isIn(state, path)),
    topStates: (isWanted) => {
      const found = [...paths]
        .filter(([type]) => isWanted(type))
        .flatMap(([, all]) => all.flatMap((path) => (path.length === 1 ? path : [])))
      return [...new Set(found)]
    },
  }
}

const pathsBelow = (node: ChartNode): readonly (readonly string[])[] =>
  node.states.flatMap((state) => [
    ...(state.tags.includes(tag) ? [[state.key]] : []),
    ...pathsBelow(state).map((path) => [state.key, ...path]),
  ])

/** Whether a state value, as XState writes it, is in the state of this path. */
function isIn(value: unknown, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true
  if (typeof value === 'string') return value === first && rest.length === 0
  return typeof value === 'object' && value !== null && Object.hasOwn(value, first) && isIn(Reflect.get(value, first), rest)
}
