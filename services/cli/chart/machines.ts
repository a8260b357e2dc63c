// Machines
// The charts a command is about: of the actor types that are named, or of all a build has.
import { chartOf, type Chart } from '../../../runtime/statechart/index.ts'
import { loadDefinitions } from '../deploy/definitions.ts'
import { ArgumentInvalid } from '../errors.ts'

export interface NamedChart {
  /** The actor type. */
  readonly type: string
  readonly chart: Chart
}

/** Throws `DefinitionsNotFound`, and `ArgumentInvalid` for a type the build has not. */
export async function chartsOf(types: readonly string[], module: string | undefined): Promise<readonly NamedChart[]> {
  const definitions = await loadDefinitions(module)
  const known = definitions.map(({ name }) => name)
  const unknown = types.find((type) => !known.includes(type))
  if (unknown !== undefined)
    throw new ArgumentInvalid(`Looking for actor type '${unknown}': this build has none of that name; it has ${known.join(', ')}.`)
  return definitions
    .filter(({ name }) => types.length === 0 || types.includes(name))
    .map(({ name, machine }) => ({ type: name, chart: chartOf(machine) }))
}
