// Coordinator rebuild
// The model of a tenant made again from what its coordinators said: every settled outcome, and what the root noticed and was told in between. Pure.
// Outcomes only add up, so their order is free but for what the root did in between: it says with each change how many outcomes were in the model by then.
//
// Z1. What is replayed: `decision.settled` of all coordinators, `model.changed` and `policies.set` of the root. Changes are applied as they were noticed.
// Z2. What is compared: the sums that decide. Watches and the pacer follow the order in which batches reached the root, and are left out.
// Z3. Of each life of a coordinator outcomes are numbered from 1 without gaps: a first number above 1 means that the beginning of the log is gone.
import { learningOf, type Policies } from './coordinator-record.ts'
import { applyChange, emptyModel, learn, policyDefaults, type SelectionModel } from './selection.ts'
import type { Observation, SelectionPolicy } from './selection/types.ts'
import type { CoordinatorFact } from './task-events.ts'

type Settled = Extract<CoordinatorFact, { type: 'decision.settled' }>
type RootFact = Extract<CoordinatorFact, { type: 'model.changed' | 'policies.set' }>
/** By coordinator: its life, and how many of its outcomes. */
export type Watermarks = RootFact['merged']

export interface Rebuilt {
  readonly model: SelectionModel
  readonly outcomes: number
  readonly changes: number
  /** Outcomes that should be there and are not (Z3). */
  readonly missing: number
}

export class Rebuild {
  /** By coordinator, then by life: the outcomes by their number. */
  readonly #outcomes = new Map<string, Map<string, Observation[]>>()
  readonly #root: RootFact[] = []
  readonly #policy: SelectionPolicy

  /** `policy`: the one coordinators are born with. */
  constructor(policy: SelectionPolicy = policyDefaults) {
    this.#policy = policy
  }

  /** The facts of one coordinator, in their order. */
  add(key: string, fact: CoordinatorFact): void {
    if (fact.type === 'decision.settled') this.#addOutcome(key, fact)
    else if (fact.type === 'model.changed' || fact.type === 'policies.set') this.#root.push(fact)
  }

  /** The model with everything up to these watermarks in it; outcomes of lives that are over count as a whole. */
  upTo(until: Watermarks): Rebuilt {
    let policies: Policies = { live: this.#policy }
    let [model, changes] = [emptyModel(), 0]
    const taken = new Map<string, number>()
    const counts = { outcomes: 0, missing: 0 }
    const learnUpTo = (marks: Watermarks): void => {
      for (const observation of this.#between(taken, marks, counts)) model = learn(model, observation, learningOf(policies))
    }
    for (const fact of this.#root) {
      learnUpTo(fact.merged)
      if (fact.type === 'policies.set') policies = fact.policies
      else {
        for (const change of fact.changes) model = applyChange(model, change)
        changes += fact.changes.length
      }
    }
    learnUpTo(until)
    return { model, changes, ...counts }
  }

  #addOutcome(key: string, fact: Settled): void {
    const life = lifeOf(fact.decisionId)
    const lives = this.#outcomes.get(key) ?? new Map<string, Observation[]>()
    this.#outcomes.set(key, lives)
    const outcomes = lives.get(life) ?? []
    lives.set(life, outcomes)
    outcomes[fact.n - 1] = observationOf(fact)
  }

  /** The outcomes after those taken, up to the watermarks; a coordinator's earlier lives are over when a later one is named. */
  *#between(taken: Map<string, number>, marks: Watermarks, counts: { outcomes: number; missing: number }): Generator<Observation> {
    for (const [key, [life, upTo]] of Object.entries(marks)) {
      const lives = this.#outcomes.get(key) ?? new Map<string, Observation[]>()
      for (const [known, outcomes] of lives) {
        const end = known === life ? upTo : startOf(known) < startOf(life) ? outcomes.length : 0
        yield* this.#take(`${key}-${known}`, { taken, outcomes, end }, counts)
      }
      if (!lives.has(life) && upTo > 0) yield* this.#take(`${key}-${life}`, { taken, outcomes: [], end: upTo }, counts)
    }
  }

  *#take(
    name: string,
    { taken, outcomes, end }: { readonly taken: Map<string, number>; readonly outcomes: readonly Observation[]; readonly end: number },
    counts: { outcomes: number; missing: number },
  ): Generator<Observation> {
    for (let at = taken.get(name) ?? 0; at < end; at++) {
      const observation = outcomes[at]
      if (observation) {
        counts.outcomes++
        yield observation
      } else counts.missing++ // Z3
    }
    taken.set(name, Math.max(end, taken.get(name) ?? 0))
  }
}

const lifeOf = (decisionId: string): string => decisionId.split('-')[1] ?? ''
/** A life is called after the time it began. */
const startOf = (life: string): number => Number.parseInt(life, 36)

const observationOf = ({ arm, taskType, features, reward, quality, costUsd, latencyMs, predicted, raw, at }: Settled): Observation => ({
  arm,
  taskType,
  ...(features && { features }),
  success: reward,
  ...(quality !== undefined && { quality }),
  ...(costUsd !== undefined && { costUsd }),
  ...(latencyMs !== undefined && { latencyMs }),
  predicted,
  ...(raw !== undefined && { raw }),
  at,
})

export interface Difference {
  /** The largest difference of two numbers, as a share of the larger one, or absolute below 1. */
  readonly largest: number
  /** Where it is, such as `arms.librarian.cells.question.gained`; undefined when there is none at all. */
  readonly place: string | undefined
  readonly compared: number
}

/** Compares what decides of two models (Z2), number by number. What only one of them has differs wholly. */
export function differenceOf(one: SelectionModel, other: SelectionModel): Difference {
  const found = { largest: 0, place: undefined as string | undefined, compared: 0 }
  const parts = ['arms', 'levels', 'overall', 'features', 'calibration', 'cellCount', 'unkept'] as const
  for (const part of parts) compare(one[part], other[part], part, found)
  return found
}

function compare(
  one: unknown,
  other: unknown,
  place: string,
  found: { largest: number; place: string | undefined; compared: number },
): void {
  if (isNested(one) && isNested(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)])
    for (const key of keys) compare(fieldOf(one, key), fieldOf(other, key), `${place}.${key}`, found)
    return
  }
  found.compared++
  const difference = differenceOfTwo(one, other)
  if (!(difference > found.largest)) return
  found.largest = difference
  found.place = place
}

function differenceOfTwo(one: unknown, other: unknown): number {
  if (one === other) return 0
  if (typeof one !== 'number' || typeof other !== 'number') return Infinity
  return Math.abs(one - other) / Math.max(1, Math.abs(one), Math.abs(other))
}

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null
const fieldOf = (value: object, key: string): unknown =>
  Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined
