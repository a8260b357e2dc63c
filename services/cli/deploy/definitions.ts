// Definitions
// The actor definitions of a build: a module's, or those of the main job.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ActorDefinition } from '../../../runtime/define-actor.ts'
import { unwiredActors } from '../../worker/unwired.ts'
import { DefinitionsNotFound } from '../errors.ts'

/** Throws `DefinitionsNotFound`. A module exports `definitions`: a list, or a function that gives one, at once or later. */
export async function loadDefinitions(module: string | undefined): Promise<readonly ActorDefinition[]> {
  if (module === undefined) return unwiredActors()
  const file = path.resolve(module)
  const exported = await exportsOf(file)
  const definitions: unknown = typeof exported === 'function' ? await exported() : exported
  if (Array.isArray(definitions) && definitions.length > 0 && definitions.every(isDefinition)) return definitions
  throw new DefinitionsNotFound(
    `Reading the definitions of ${file}: it exports no \`definitions\` that is, or gives, a list of what defineActor made; add that export.`,
  )
}

async function exportsOf(file: string): Promise<unknown> {
  try {
    const loaded = (await import(pathToFileURL(file).href)) as { readonly definitions?: unknown } // a module is an object
    return loaded.definitions
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new DefinitionsNotFound(`Reading the definitions of ${file}: it cannot be imported (${why}); name a module of this build.`, {
      cause,
    })
  }
}

const isDefinition = (value: unknown): value is ActorDefinition =>
  typeof value === 'object' && value !== null && ['name', 'version', 'machine', 'migrate', 'previous'].every((field) => field in value)
