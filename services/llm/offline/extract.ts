// Extract
// Picks from passages the sentences that answer a task. Nothing is ever written: what comes out stood in a passage, word for word.
//
// X1. Every unit chosen is a sentence or a line of a passage (white space aside), in source order, and none is chosen twice.
import { linesOf, type Passage } from './conversation.ts'
import { randomOf } from './seeded.ts'
import { termsOf } from './terms.ts'
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
  const kept = units.filter((unit) => unit.kind === 'statement').slice(0, statementLinesMax)
  // Statements say what the lines of code or of a table mean: those are then not quoted as well.
  const others = units.filter((unit) => unit.kind === 'sentence' || (unit.kind === 'line' && kept.length === 0))
  const frequencies = frequenciesOf(others)
  const coverage = coverageOf(new Set(terms), others, frequencies)
  const answers = Math.max(0, ...coverage) >= coverageMin
  const chosen = new Set(kept)
  if (answers) addBest(chosen, others, relevanceScores(others, coverage, options), options.sentencesMax, scoreMinShare)
  else if (options.aboutMaterial && kept.length === 0) addBest(chosen, others, centralScores(others, frequencies, options), options.sentencesMax, 0)
  return units.filter((unit) => chosen.has(unit)) // X1
}
