// Version faults
// What is wrong with the versions of a definition: its migrations must lead to it, and the earlier ones it hosts must be its own.
import type { ActorDefinition } from '../define-actor.ts'

export const versionFaults = (definition: ActorDefinition): string[] => [
  ...(definition.version === '' ? ['version: it is empty'] : []),
  ...migrationFaults(definition),
  ...previousFaults(definition),
]

function migrationFaults({ version, migrate }: ActorDefinition): string[] {
  return Object.keys(migrate).flatMap((from) => {
    if (from === version) return [`migrate: it migrates from ${version}, which is its own version`]
    const passed = new Set<string>()
    let at = from
    while (at !== version && Object.hasOwn(migrate, at) && !passed.has(at)) {
      passed.add(at)
      at = migrate[at]?.to ?? version
    }
    return at === version ? [] : [`migrate: from ${from} it does not lead to ${version}: ${[...passed, at].join(' → ')}`]
  })
}

function previousFaults({ name, version, previous }: ActorDefinition): string[] {
  const seen = new Set([version])
  const faults: string[] = []
  const look = (earlier: readonly ActorDefinition[]): void => {
    for (const definition of earlier) {
      if (definition.name !== name) faults.push(`previous: '${definition.name}' is another actor`)
      if (seen.has(definition.version)) faults.push(`previous: there are two definitions of version ${definition.version}`)
      seen.add(definition.version)
      look(definition.previous)
    }
  }
  look(previous)
  return faults
}
