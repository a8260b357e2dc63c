import { ArgumentInvalid } from './errors.ts'

/** Ascending numbers, runs of them joined: `0-3, 7`. */
export function rangesText(numbers: readonly number[]): string {
  const runs: [number, number][] = []
  for (const number of numbers) {
    const last = runs.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else runs.push([number, number])
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ') || 'none'
}

/** The numbers of a list such as `0-3,7`, each below `limit`. Throws `ArgumentInvalid`. */
export function numbersOf(text: string, limit: number): readonly number[] {
  const numbers = new Set<number>()
  for (const part of text.split(',')) {
    const [, from = '', to = from] = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/.exec(part) ?? []
    if (from === '' || Number(to) < Number(from) || Number(to) >= limit)
      throw new ArgumentInvalid(`reading the partitions '${text}': '${part}' is no number or range from 0 to ${limit - 1}`)
    for (let number = Number(from); number <= Number(to); number++) numbers.add(number)
  }
  return [...numbers].toSorted((a, b) => a - b)
}
