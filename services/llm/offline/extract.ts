// Extract
// Picks from passages the sentences that answer a task. Nothing is ever written: what comes out stood in a passage, word for word.
//
// X1. Every unit chosen is a sentence or a line of a passage (white space aside), in source order, and none is chosen twice.
import type { Passage } from './conversation.ts'
import { randomOf } from './seeded.ts'
import { unitsOf, type Unit } from './units.ts'

export interface ExtractOptions {
  readonly sentencesMax: number
  /** When no sentence has the task's words: the material itself is what the task is about, so take its main sentences. */
  readonly aboutMaterial: boolean
  readonly temperature: number
  readonly seed: number
}

export const statementLinesMax = 100
const coverageMin = 0.2

/** The units that answer a task with these terms, in source order; none when the material has nothing about it. */
export function extract(terms: readonly string[], material: readonly Passage[], options: ExtractOptions): readonly Unit[] {
  const units = material.flatMap(unitsOf)
  const statements = units.filter((unit) => unit.kind === 'statement').slice(0, statementLinesMax)
  // Statements say what the lines of code or of a table mean: those are then not quoted as well.
  const others = units.filter((unit) => unit.kind === 'sentence' || (unit.kind === 'line' && statements.length === 0))
  const frequencies = frequenciesOf(others)
  const scores = relevanceOf(new Set(terms), others, frequencies)
  const answers = Math.max(0, ...scores.values()) >= coverageMin
  const summary = !answers && options.aboutMaterial && statements.length === 0
  const scored = answers ? scores : summary ? centralityOf(others, frequencies) : new Map<Unit, number>()
  const best = mostTelling(settle(scored, options), options.sentencesMax, answers ? scoreShareMin : 0)
  const chosen = new Set([...statements, ...best])
  return units.filter((unit) => chosen.has(unit)) // X1
}

/** In how many units each term stands. */
function frequenciesOf(units: readonly Unit[]): ReadonlyMap<string, number> {
  const frequencies = new Map<string, number>()
  for (const unit of units) for (const term of unit.terms.keys()) frequencies.set(term, (frequencies.get(term) ?? 0) + 1)
  return frequencies
}

/** How much of the task a unit covers: its terms, weighted by how rare they are in the material (TF-IDF), as a share of all. */
function relevanceOf(terms: ReadonlySet<string>, units: readonly Unit[], frequencies: ReadonlyMap<string, number>): Map<Unit, number> {
  const rarity = (term: string): number => Math.log(1 + units.length / (0.5 + (frequencies.get(term) ?? 0)))
  const all = [...terms].reduce((sum, term) => sum + rarity(term), 0)
  const covered = (unit: Unit): number =>
    [...terms].reduce((sum, term) => sum + rarity(term) * Math.log2(1 + (unit.terms.get(term) ?? 0)), 0) / (all || 1)
  return new Map(units.map((unit) => [unit, covered(unit)]))
}

/** How much of the rest of the material speaks of the same things, from 0 to 1; what stands first counts more. */
function centralityOf(units: readonly Unit[], frequencies: ReadonlyMap<string, number>): Map<Unit, number> {
  const shared = (unit: Unit): number => {
    const terms = [...unit.terms.keys()].filter((term) => /\p{L}/u.test(term))
    return terms.reduce((sum, term) => sum + (frequencies.get(term) ?? 1) - 1, 0) / (terms.length + smoothing)
  }
  const most = Math.max(1, ...units.map(shared))
  const kind = (unit: Unit): number => (unit.kind === 'line' ? lineShare : 1)
  const first = (unit: Unit): number => firstShare / (1 + unit.at)
  return new Map(units.map((unit) => [unit, (shared(unit) / most + first(unit)) * kind(unit)]))
}

/** Keeps a short unit of common words from being the most central. */
const smoothing = 5
const lineShare = 0.3
const firstShare = 0.4
const placeShare = 0.05
const wordsMax = 60
/** How much a temperature of 1 may change a score. */
const jitterShare = 0.4

/** Scores as they are compared: early passages and sentences of readable length first, varied as much as the temperature asks for. */
function settle(scores: ReadonlyMap<Unit, number>, { temperature, seed }: ExtractOptions): ReadonlyMap<Unit, number> {
  const random = randomOf(seed)
  const settled = [...scores].map(([unit, score]): [Unit, number] => {
    const place = placeShare * (1 / (1 + unit.at) + 1 / (1 + unit.passage))
    const length = unit.text.split(/\s+/).length > wordsMax ? 0.7 : 1
    return [unit, score === 0 ? 0 : (score + place) * length * (1 + jitterShare * temperature * (random() - 0.5))]
  })
  return new Map(settled)
}

const relevanceShare = 0.7
const scoreShareMin = 0.5
const sameFrom = 0.8

/** The best first, then what is good and unlike what is chosen (maximal marginal relevance), while it is not much worse than the best. */
function mostTelling(scores: ReadonlyMap<Unit, number>, count: number, shareMin: number): readonly Unit[] {
  const best = Math.max(0, ...scores.values())
  let left = [...scores].filter(([, score]) => score > 0 && score >= shareMin * best)
  const chosen: Unit[] = []
  while (left.length > 0 && chosen.length < count) {
    const valued = left.map(([unit, score]) => {
      const likeness = Math.max(0, ...chosen.map((other) => similarity(unit, other)))
      return { unit, likeness, value: relevanceShare * (score / best) - (1 - relevanceShare) * likeness }
    })
    const fresh = valued.filter(({ likeness }) => likeness < sameFrom)
    const next = fresh.reduce<(typeof fresh)[number] | undefined>(
      (top, one) => (top === undefined || one.value > top.value ? one : top),
      undefined,
    )
    if (next === undefined) return chosen
    chosen.push(next.unit)
    const open = new Set(fresh.map(({ unit }) => unit))
    left = left.filter(([unit]) => unit !== next.unit && open.has(unit))
  }
  return chosen
}

/** Share of the terms that two units have in common (Jaccard). */
function similarity(a: Unit, b: Unit): number {
  const shared = [...a.terms.keys()].filter((term) => b.terms.has(term)).length
  const all = a.terms.size + b.terms.size - shared
  return all === 0 ? 1 : shared / all
}
