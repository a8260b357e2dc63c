// Palette choices
// Which of what the palette offers fits some words, best first. Pure.
import type { IconName } from './icons.ts'

export interface Choice {
  readonly id: string
  readonly label: string
  readonly hint: string
  readonly icon: IconName
  run(): void
}

const shownMax = 12

/** Every word must be found; what begins with the first word comes before what only holds it. Ids that were asked for by these words fit already. */
export function found(words: string, choices: readonly Choice[]): readonly Choice[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const [first = ''] = wanted
  const rank = ({ label }: Choice): number => (label.toLowerCase().startsWith(first) ? 0 : 1)
  const fits = ({ id, label }: Choice): boolean =>
    id === 'task' || id.startsWith('actor-') || wanted.every((word) => label.toLowerCase().includes(word))
  return choices
    .filter(fits)
    .toSorted((one, other) => rank(one) - rank(other))
    .slice(0, shownMax)
}
