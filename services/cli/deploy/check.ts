// Check
// What a build would make of every live actor: the real fit of each stored state, its migrations run on it in memory, nothing written.
//
// C1. The same `fit` decides here and in a worker.
// C2. In memory stay counts, a few findings and a few examples, however many actors there are.
import type { ActorId } from '../../../machines/address.ts'
import { parseActorId } from '../../../machines/address.ts'
import type { StoredActor } from '../../../runtime/nats/read-states.ts'
import { fit, type Fitting, type Host } from '../../../runtime/statechart/index.ts'

/** The live actors of one type that one version wrote, by what would become of them. */
export interface Standing {
  readonly type: string
  readonly storedBy: { readonly version: string; readonly hash: string }
  /** The version of the build; null: it does not host the type. */
  readonly build: string | null
  readonly counts: Readonly<Record<Outcome, number>>
  readonly findings: readonly Finding[]
}

export type Outcome = (typeof outcomes)[number]
export const outcomes = ['fits', 'migrated', 'pinned', 'parked', 'unhosted', 'ended'] as const

export interface Finding {
  readonly outcome: Outcome
  readonly found: string
  readonly actors: number
  readonly examples: readonly ActorId[]
}

export interface DeployCheck {
  /** No live actor would be parked or be without a host. */
  readonly ok: boolean
  readonly live: number
  readonly standings: readonly Standing[]
}

const examplesMax = 5
/** Of one standing; what is found beyond them is counted together. */
const findingsMax = 20
const otherFindings = 'other findings'

export async function checkDeploy(
  actors: AsyncIterable<StoredActor>,
  hosts: ReadonlyMap<string, Host>,
  isLookedAt: (actor: ActorId) => boolean = () => true,
): Promise<DeployCheck> {
  const tallies = new Map<string, Tally>()
  for await (const stored of actors) if (isLookedAt(stored.actor)) count(tallies, stored, hosts)
  const standings = [...tallies.values()]
    .toSorted((one, other) => (one.order < other.order ? -1 : 1))
    .map(({ type, storedBy, build, counts, findings }) => ({ type, storedBy, build, counts, findings: [...findings.values()] }))
  const sum = (of: readonly Outcome[]): number =>
    standings.flatMap(({ counts }) => of.map((outcome) => counts[outcome])).reduce((a, b) => a + b, 0)
  return { ok: sum(['parked', 'unhosted']) === 0, live: sum(['fits', 'migrated', 'pinned', 'parked', 'unhosted']), standings }
}

interface Tally extends Omit<Standing, 'counts' | 'findings'> {
  readonly order: string
  readonly counts: Record<Outcome, number>
  readonly findings: Map<string, { outcome: Outcome; found: string; actors: number; examples: ActorId[] }>
}

function count(tallies: Map<string, Tally>, { actor, image: { stored } }: StoredActor, hosts: ReadonlyMap<string, Host>): void {
  const { keeping, ...chart } = stored
  const { version, hash } = chart.definition
  const type = parseActorId(actor)?.type ?? chart.definition.name
  const host = hosts.get(type)
  const order = `${type} ${version} ${hash}`
  const tally = tallies.get(order) ?? {
    order,
    type,
    storedBy: { version, hash },
    build: host?.stamp.version ?? null,
    counts: { fits: 0, migrated: 0, pinned: 0, parked: 0, unhosted: 0, ended: 0 },
    findings: new Map(),
  }
  tallies.set(order, tally)
  if (chart.status !== 'active' && keeping.restartDue === undefined) return void tally.counts.ended++
  if (!host) return note(tally, 'unhosted', actor, ['the build has no definition of this type'])
  const fitting = fit(host, actor, chart) // C1
  note(tally, outcomeOf(fitting), actor, 'findings' in fitting ? fitting.findings : [])
}

const outcomeOf = ({ kind }: Fitting): Outcome => (kind === 'unfit' ? 'parked' : kind)

/** C2 */
function note({ counts, findings }: Tally, outcome: Outcome, actor: ActorId, all: readonly string[]): void {
  counts[outcome]++
  for (const finding of all) {
    const known = `${outcome} ${finding}`
    const found = findings.has(known) || findings.size < findingsMax ? finding : otherFindings
    const entry = findings.get(`${outcome} ${found}`) ?? { outcome, found, actors: 0, examples: [] }
    findings.set(`${outcome} ${found}`, entry)
    entry.actors++
    if (entry.examples.length < examplesMax && !entry.examples.includes(actor)) entry.examples.push(actor)
  }
}
