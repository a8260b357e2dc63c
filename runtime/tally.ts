// Tally
// What the turns of a worker have come to since it was last told: counts by actor type, edges taken, times. A turn costs it additions only; names are made when it is told.
//
// Y1. Only what is committed is counted.
// Y2. What it holds has an end: as many types and edges as the hosted machines have, and times in `buckets` counters.
// Y3. What is told at once has an end as well: `machinesMax` machines and `edgesMax` edges, the busiest; how many are left out is said.
import { parseActorId } from '../machines/address.ts'
import { refusals } from './errors.ts'
import type { Group } from './group.ts'
import { statesAtBirth, statesEntered, takenEdges, type Outcome } from './statechart/index.ts'

/** Bucket b counts times from 2^(b-1) microseconds to below 2^b; bucket 0 those below one. */
export const buckets = 32
const machinesMax = 64
const edgesMax = 400

export interface Counts {
  turns: number
  /** Turns that threw, or left their actor in error. */
  failures: number
  deadLetters: number
  /** Effects started. */
  effects: number
}

/** Of one definition: many may have the same machine. */
export interface MachineCounts {
  readonly type: string
  readonly version: string
  /** Structure hash. */
  readonly hash: string
  /** Actors born. */
  readonly births: number
  /** By id, as in the chart. */
  readonly edges: Readonly<Record<string, number>>
  readonly entered: Readonly<Record<string, number>>
}

/** Times as counts by bucket; empty buckets are left out. */
export type Times = Readonly<Record<number, number>>

export interface Tallied {
  readonly total: Counts
  /** Turns of the kernel itself (a restart, a message parked) are in the total only. */
  readonly types: Readonly<Record<string, Counts>>
  readonly machines: readonly MachineCounts[]
  /** Edges and machines that are left out (Y3); absent: none. */
  readonly omitted?: number
  /** From the moment the server stored a message to the commit after its turn. */
  readonly waitTimes: Times
  /** How long the turns took, each counted with the average of its group. */
  readonly turnTimes: Times
}

type Taken = Outcome['taken'][number]

interface Edge {
  count: number
  /** Made when it is first told, and kept: it is told every second. */
  names: { readonly id: string; readonly entered: readonly string[] } | undefined
}

interface Machine {
  readonly stamp: Outcome['next']['stamp']
  readonly counts: Counts
  readonly edges: Map<Taken, Edge>
  births: number
  /** Where its actors begin. */
  beginning: readonly string[]
}

const noCounts = (): Counts => ({ turns: 0, failures: 0, deadLetters: 0, effects: 0 })

export class Tally {
  #total = noCounts()
  readonly #machines = new Map<Outcome['next']['stamp'], Machine>()
  readonly #waits = new Uint32Array(buckets)
  readonly #turns = new Uint32Array(buckets)
  /** Of types that no machine here has. */
  readonly #others = new Map<string, Counts>()
  #last: Machine | undefined

  /** Nothing has happened since it was last told. */
  get isEmpty(): boolean {
    const { turns, deadLetters } = this.#total
    return turns === 0 && deadLetters === 0
  }

  /** Y1 */
  committed(group: Pick<Group, 'turns' | 'outcomes' | 'births' | 'dead' | 'entries' | 'effects' | 'madeMs'>): void {
    const { turns, outcomes, births, dead, effects, madeMs } = group
    this.#total.turns += turns
    if (turns > 0) add(this.#turns, madeMs / turns, turns)
    for (const outcome of outcomes) this.#count(outcome)
    for (const outcome of births) this.#countBirth(outcome)
    for (const { activation } of effects) this.#countsOf(activation.address.type).effects++
    this.#total.effects += effects.length
    for (const { index, letter } of dead) this.#countDead(group.entries[index]?.actor ?? '', letter.code)
  }

  /** So many messages have waited that long. */
  waited(ms: number, messages: number): void {
    add(this.#waits, ms, messages)
  }

  /** What there is, counted from here on anew. */
  take(): Tallied {
    const busy = [...this.#machines.values()].filter(({ counts }) => counts.turns + counts.effects + counts.deadLetters > 0)
    const told = busy.toSorted((one, other) => other.counts.turns - one.counts.turns).slice(0, machinesMax)
    const named = told.map(describe)
    const omitted = busy.length - told.length + named.reduce((sum, { left }) => sum + left, 0)
    const types: [string, Counts][] = [...busy.map(({ stamp, counts }): [string, Counts] => [stamp.name, counts]), ...this.#others]
    const tallied: Tallied = {
      total: this.#total,
      types: sumByName(types),
      machines: named.map(({ counts }) => counts),
      ...(omitted > 0 && { omitted }),
      waitTimes: timesOf(this.#waits),
      turnTimes: timesOf(this.#turns),
    }
    this.#clear()
    return tallied
  }

  #count(outcome: Outcome): void {
    const { next, taken } = outcome
    const machine = this.#machineOf(next.stamp)
    machine.counts.turns++
    if (next.snapshot.status === 'error') this.#fail(machine.counts)
    for (const transition of taken) {
      const edge = machine.edges.get(transition)
      if (edge) edge.count++
      else machine.edges.set(transition, { count: 1, names: undefined })
    }
  }

  #countBirth({ next }: Outcome): void {
    const machine = this.#machineOf(next.stamp)
    machine.births++
    if (machine.beginning.length === 0) machine.beginning = statesAtBirth(next)
  }

  #countDead(actor: string, code: string): void {
    const counts = this.#countsOf(parseActorId(actor)?.type ?? 'unreadable')
    counts.deadLetters++
    this.#total.deadLetters++
    if (failing.has(code)) this.#fail(counts)
  }

  #fail(counts: Counts): void {
    counts.failures++
    this.#total.failures++
  }

  #machineOf(stamp: Machine['stamp']): Machine {
    if (this.#last?.stamp === stamp) return this.#last
    const known = this.#machines.get(stamp) ?? { stamp, counts: noCounts(), edges: new Map(), births: 0, beginning: [] }
    this.#machines.set(stamp, known)
    this.#last = known
    return known
  }

  #countsOf(type: string): Counts {
    const machine = this.#last?.stamp.name === type ? this.#last : [...this.#machines.values()].findLast(({ stamp }) => stamp.name === type)
    if (machine) return machine.counts
    const name = this.#others.has(type) || this.#others.size < othersMax ? type : 'other'
    const counts = this.#others.get(name) ?? noCounts()
    this.#others.set(name, counts)
    return counts
  }

  #clear(): void {
    this.#total = noCounts()
    this.#others.clear()
    this.#waits.fill(0)
    this.#turns.fill(0)
    for (const machine of this.#machines.values()) {
      machine.births = 0
      Object.assign(machine.counts, noCounts())
      for (const edge of machine.edges.values()) edge.count = 0
    }
  }
}

/** Types of messages that went wrong may be anything (Y2). */
const othersMax = 64
/** Codes of dead letters whose message failed its actor. */
const failing: ReadonlySet<string> = new Set([refusals.turnFailed, refusals.actorFailed, 'TR_TURN_TOO_LARGE', 'TR_QUARANTINED'])

function add(times: Uint32Array, ms: number, count: number): void {
  const bucket = 32 - Math.clz32(Math.min(2 ** (buckets - 1) - 1, Math.max(0, ms * 1_000)))
  times[bucket] = (times[bucket] ?? 0) + count
}

function timesOf(counted: Uint32Array): Times {
  return Object.fromEntries([...counted.entries()].filter(([, count]) => count > 0))
}

/** Names for what was counted (Y3). */
function describe({ stamp, edges: all, births, beginning }: Machine) {
  const taken = [...all].filter(([, { count }]) => count > 0).toSorted(([, one], [, other]) => other.count - one.count)
  const shown = taken.slice(0, edgesMax)
  const entered = new Map<string, number>()
  const enter = (state: string, count: number): void => void entered.set(state, (entered.get(state) ?? 0) + count)
  if (births > 0) for (const state of beginning) enter(state, births)
  const edges: Record<string, number> = {}
  for (const [transition, edge] of shown) {
    const { id, entered: states } = (edge.names ??= {
      id: takenEdges({ taken: [transition] })[0] ?? '',
      entered: statesEntered(transition),
    })
    edges[id] = edge.count
    for (const state of states) enter(state, edge.count)
  }
  const counts: MachineCounts = {
    type: stamp.name,
    version: stamp.version,
    hash: stamp.hash,
    births,
    edges,
    entered: Object.fromEntries(entered),
  }
  return { counts, left: taken.length - shown.length }
}

/** Several versions of a definition are one type. */
function sumByName(counted: readonly (readonly [string, Counts])[]): Readonly<Record<string, Counts>> {
  const sums = new Map<string, Counts>()
  for (const [name, { turns, failures, deadLetters, effects }] of counted) {
    const sum = sums.get(name) ?? noCounts()
    sums.set(name, {
      turns: sum.turns + turns,
      failures: sum.failures + failures,
      deadLetters: sum.deadLetters + deadLetters,
      effects: sum.effects + effects,
    })
  }
  return Object.fromEntries(sums)
}
