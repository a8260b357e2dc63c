// The report of a deploy check for people: a row for what each version wrote, then what was found, then the verdict.
import { onOneLine, table } from '../output.ts'
import type { DeployCheck, Standing } from './check.ts'

export function deployText({ ok, live, standings }: DeployCheck, namespace: string): string {
  if (standings.length === 0) return `No actor of namespace ${namespace} has a stored state: nothing depends on an earlier version.`
  const findings = standings.flatMap(findingsText)
  return [table(headers, standings.map(row)), ...(findings.length > 0 ? ['', ...findings] : []), '', verdict(ok, live, standings)].join(
    '\n',
  )
}

const headers = ['type', 'stored by', 'build', 'fit', 'migrated', 'pinned', 'parked', 'unhosted', 'ended']

const row = ({ type, storedBy, build, counts }: Standing): readonly string[] => [
  type,
  `${storedBy.version} (${storedBy.hash.slice(0, hashCharacters)})`,
  build ?? '-',
  ...[counts.fits, counts.migrated, counts.pinned, counts.parked, counts.unhosted, counts.ended].map(String),
]

const hashCharacters = 6

const findingsText = ({ type, storedBy, findings }: Standing): readonly string[] =>
  findings.map(({ outcome, found, actors, examples }) =>
    onOneLine(
      `${outcome}  ${type} ${storedBy.version}: ${found}: ${actors} ${actors === 1 ? 'actor' : 'actors'}, such as ${examples.join(', ')}`,
    ),
  )

function verdict(ok: boolean, live: number, standings: readonly Standing[]): string {
  const total = (outcome: 'pinned' | 'parked' | 'unhosted'): number => standings.reduce((sum, { counts }) => sum + counts[outcome], 0)
  const [pinned, parked, unhosted] = [total('pinned'), total('parked'), total('unhosted')]
  if (ok && pinned === 0) return `All ${live} live actors go on with this build.`
  if (ok)
    return `All ${live} live actors go on with this build, ${pinned} of them on their own version: keep hosting it until they are gone.`
  return `Not to be deployed: of ${live} live actors ${parked} would be parked and ${unhosted} would have no host. Give the new version a \`migrate\` from theirs, or host theirs as \`previous\`.`
}
