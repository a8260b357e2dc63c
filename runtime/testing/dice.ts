// Dice
// Every choice of a simulation, made by its seed alone.
import { seededRandom } from '../in-memory/simulated-clock.ts'

export interface Dice {
  /** True with probability `p`. */
  chance(p: number): boolean
  /** A whole number with `from <= n <= to`. */
  between(from: number, to: number): number
  pick<T>(list: readonly [T, ...T[]]): T
  /** Dice of their own for one part, so that its throws do not change those of another. */
  apart(part: string): Dice
}

export function dice(seed: number): Dice {
  const random = seededRandom(seed)
  const between = (from: number, to: number): number => from + Math.floor(random.next() * (to - from + 1))
  return {
    chance: (p) => p > 0 && random.next() < p,
    between,
    pick: (list) => list[between(0, list.length - 1)] ?? list[0],
    apart: (part) => dice(part.split('').reduce((mixed, letter) => Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193), seed ^ 0x811c9dc5)),
  }
}
