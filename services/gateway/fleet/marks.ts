// Marks
// What changed in the fleet and when, in words for lines and heat maps: workers that come and go, partitions that change hands, releases, drains. Pure.
//
// K1. What was there when the gateway began to look is no change.
// K2. Changes of one kind within `joinMs` are one mark: a drain of sixty partitions is told once, with its count.
// K3. It has an end: `marksMax` marks, `movesMax` moves of partitions, `namesMax` names of versions and machines.
import type { Departure, Member } from '../../../runtime/ports.ts'
import type { MachineCounts } from '../../../runtime/tally.ts'

export const markKinds = ['deploy', 'came', 'went', 'moved', 'taken-over', 'drain'] as const
export type MarkKind = (typeof markKinds)[number]

export interface Mark {
  /** Epoch ms. */
  readonly at: number
  readonly kind: MarkKind
  /** Short enough to stand beside a line. */
  readonly text: string
  readonly detail: string
}

/** A partition that changed hands a moment ago, or is doing so. */
export interface Move {
  readonly partition: number
  readonly from: string
  /** Absent: nobody has it yet. */
  readonly to?: string
  readonly at: number
}

interface Written extends Mark {
  readonly key: string
  readonly partitions: ReadonlySet<number>
}

const marksMax = 300
const movesMax = 4_096
const namesMax = 1_000
const joinMs = 15_000
/** How long a move is still shown as one. */
const movedMs = 10_000
const namedMax = 12
const hashCharacters = 7

export class FleetMarks {
  #marks: Written[] = []
  #members: ReadonlyMap<string, Member> | undefined
  /** Who had each partition last. */
  readonly #owners = new Map<number, string>()
  readonly #moves = new Map<number, Move>()
  readonly #releases = new Set<string>()
  readonly #hashes = new Map<string, string>()

  get marks(): readonly Mark[] {
    return this.#marks.map(({ at, kind, text, detail }) => ({ at, kind, text, detail }))
  }

  moves(now: number): readonly Move[] {
    for (const [partition, { at, to }] of this.#moves) if (to !== undefined && now - at > movedMs) this.#moves.delete(partition)
    return [...this.#moves.values()]
  }

  restore(kept: readonly Mark[]): void {
    const older = kept.map((mark): Written => ({ ...mark, key: '', partitions: new Set() }))
    this.#marks = [...older, ...this.#marks].toSorted((one, other) => one.at - other.at).slice(-marksMax)
  }

  see(members: readonly Member[], departures: readonly Departure[], now: number): void {
    const before = this.#members
    const here = new Map(members.map((member) => [member.id, member]))
    this.#members = here
    const isFirst = before === undefined // K1
    for (const member of members) {
      this.#release(member, isFirst, now)
      const known = before?.get(member.id)
      if (!isFirst && !known) this.#write({ at: now, kind: 'came', text: `${member.id} came`, detail: aboutOf(member) })
      if (known && !known.draining && member.draining)
        this.#write({ at: now, kind: 'drain', text: `${member.id} drains`, detail: `It hands over ${member.owned.length} partitions.` })
    }
    for (const { id, owned } of before?.values() ?? [])
      if (!here.has(id))
        this.#write({ at: now, kind: 'went', text: `${id} went`, detail: `${whyOf(id, departures)}; it had ${owned.length} partitions.` })
    this.#follow(members, here, now)
  }

  /** An operator's word about a worker. */
  ordered(worker: string, isDrained: boolean, now: number): void {
    const text = isDrained ? `drain ${worker}` : `${worker} may work`
    this.#write({
      at: now,
      kind: 'drain',
      text,
      detail: isDrained ? 'It is kept empty by order.' : 'The order to keep it empty was taken back.',
    })
  }

  /** Which machines run, by what workers count of them: a type under another hash is a release, whatever its version says. */
  machines(counted: readonly Pick<MachineCounts, 'type' | 'version' | 'hash'>[], worker: string, now: number): void {
    for (const { type, version, hash } of counted) {
      const known = this.#hashes.get(`${type} ${version}`)
      if (known === hash || (known === undefined && this.#hashes.size >= namesMax)) continue // K3
      const isNew = known !== undefined || this.#knowsType(type)
      this.#hashes.set(`${type} ${version}`, hash)
      const short = hash.slice(0, hashCharacters)
      if (isNew)
        this.#write({
          at: now,
          kind: 'deploy',
          text: `deploy ${type}@${short}`,
          detail: `Version ${version} of ${type}, first on ${worker}.`,
        })
    }
  }

  #knowsType(type: string): boolean {
    for (const name of this.#hashes.keys()) if (name.startsWith(`${type} `)) return true
    return false
  }

  #release(member: Member, isFirst: boolean, now: number): void {
    const release = releaseOf(member)
    if (this.#releases.has(release) || this.#releases.size >= namesMax) return // K3
    this.#releases.add(release)
    if (!isFirst) this.#write({ at: now, kind: 'deploy', text: `deploy ${release}`, detail: `${member.id} is the first to run it.` })
  }

  /** A new owner claims a partition while the former one may still say that it has it: the new one counts. */
  #follow(members: readonly Member[], here: ReadonlyMap<string, Member>, now: number): void {
    const claimed = new Map<number, string>()
    for (const { id, owned } of members)
      for (const partition of owned) if (!claimed.has(partition) || this.#owners.get(partition) !== id) claimed.set(partition, id)
    for (const [partition, owner] of this.#owners)
      if (!claimed.has(partition) && !this.#isLost(partition)) this.#move({ partition, from: owner, at: now })
    for (const [partition, owner] of claimed) {
      const from = this.#owners.get(partition)
      this.#owners.set(partition, owner)
      if (from === owner && this.#isLost(partition)) this.#moves.delete(partition) // it came back
      if (from === undefined || from === owner) continue
      this.#move({ partition, from, to: owner, at: now })
      const kind = here.has(from) ? 'moved' : 'taken-over'
      this.#write({ at: now, kind, text: `${from} → ${owner}`, detail: '' }, partition)
    }
  }

  /** Nobody has it, and that is told. */
  #isLost(partition: number): boolean {
    const move = this.#moves.get(partition)
    return move !== undefined && move.to === undefined
  }

  #move(move: Move): void {
    if (this.#moves.size < movesMax || this.#moves.has(move.partition)) this.#moves.set(move.partition, move) // K3
  }

  #write(mark: Mark, partition?: number): void {
    const key = `${mark.kind} ${mark.text}`
    const known = partition === undefined ? undefined : this.#marks.findLast((one) => one.key === key && mark.at - one.at <= joinMs) // K2
    const partitions = new Set([...(known?.partitions ?? []), ...(partition === undefined ? [] : [partition])])
    const detail = partition === undefined ? mark.detail : partitionsText(partitions)
    const written: Written = { ...mark, at: known?.at ?? mark.at, detail, key, partitions }
    this.#marks = [...this.#marks.filter((one) => one !== known), written].slice(-marksMax) // K3
  }
}

const releaseOf = ({ version, deployment }: Member): string => (deployment ? `${deployment.id}@${deployment.rank}` : version)

const aboutOf = ({ version, deployment, host, pid }: Member): string =>
  `Version ${version}${deployment ? `, deployment ${deployment.id}@${deployment.rank}` : ''}, process ${pid} on ${host}.`

const reasons: Readonly<Record<Departure['why'], string>> = {
  left: 'It said that it leaves',
  disconnected: 'Its connection ended',
  silent: 'It was not heard of for its time to live',
}

function whyOf(id: string, departures: readonly Departure[]): string {
  const last = departures.findLast((one) => one.id === id)
  return last ? reasons[last.why] : 'It is not alive any more'
}

function partitionsText(partitions: ReadonlySet<number>): string {
  const all = [...partitions].toSorted((one, other) => one - other)
  const more = all.length > namedMax ? ` and ${all.length - namedMax} more` : ''
  return `${all.length} partition${all.length === 1 ? '' : 's'}: ${all.slice(0, namedMax).join(', ')}${more}.`
}
