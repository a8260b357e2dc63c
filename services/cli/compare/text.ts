// What `troupe compare` found, for people: a line for each difference, and of two runs where they part and what each came to.
import type { ComparedPart, MachineComparison, MachineVersion } from '../../inspector/compare/compare-machines.ts'
import type { RunComparison, RunPart, RunSummary } from '../../inspector/compare/compare-runs.ts'
import { cut, durationText, fields, onOneLine, stateText, table } from '../output.ts'

const valueCharactersMax = 60

export function machineText(
  type: string,
  [from, to]: readonly [MachineVersion, MachineVersion],
  { parts, counts }: Pick<MachineComparison, 'parts' | 'counts'>,
): string {
  const found = parts.filter(({ tone }) => tone !== 'same').flatMap(partLines)
  const counted = `${counts.added} added, ${counts.removed} removed, ${counts.changed} changed, ${counts.same} the same.`
  return [...found, `${type} ${from.version} (${from.hash}) → ${to.version} (${to.hash}): ${counted}`].join('\n')
}

const partLines = ({ tone, kind, title, changes }: ComparedPart): readonly string[] => [
  onOneLine(`${tone}  ${kind}  ${title}`),
  ...changes.map(({ what, a, b }) => onOneLine(`  ${what}: ${a} → ${b}`)),
]

const relations: Readonly<Record<RunComparison['relation']['kind'], string | undefined>> = {
  'a-of-b': 'A is a fork of B; compared from where it began',
  'b-of-a': 'B is a fork of A; compared from where it began',
  siblings: 'both are forks of one moment; compared from there',
  none: undefined,
}

export function runsText({ a, b, relation, parting, parts, context, machine }: RunComparison): string {
  const shown = parts.filter(({ who }) => who !== 'neither')
  const { added, removed, changed } = machine.counts
  const differs = added + removed + changed > 0 ? `${added} added, ${removed} removed, ${changed} changed` : undefined
  return [
    onOneLine(parting.sentence),
    '',
    fields({ A: runText(a), B: runText(b), relation: relations[relation.kind], machine: differs }),
    '',
    table(['', 'turns', 'time', 'calls', 'tokens', 'USD', 'failures'], [totalRow('A', a), totalRow('B', b)]),
    '',
    table(['who', 'part', 'visits A', 'B', 'time A', 'B', 'USD A', 'B'], shown.map(partRow)),
    ...(context.rows.length === 0
      ? []
      : [
          '',
          table(
            ['context', 'A', 'B'],
            context.rows.map((row) => [row.path || 'all of it', valueText(row.a), valueText(row.b)]),
          ),
        ]),
    ...(context.more === 0 ? [] : [`and ${context.more} more`]),
  ].join('\n')
}

function runText({ actor, after, to, value, status, version, isCut, untold }: RunSummary): string {
  const state = `${stateText(value)}${status === 'active' ? '' : ` [${status}]`}`
  const notes = [isCut ? 'it has more turns' : '', untold === undefined ? '' : `only events and states are known: ${untold}`].filter(
    Boolean,
  )
  return [`${actor} turns ${after + 1} to ${to}, ${state}, version ${version}`, ...notes].join('; ')
}

const totalRow = (name: string, { total }: RunSummary): readonly string[] => [
  name,
  String(total.turns),
  durationText(total.ms),
  String(total.calls),
  String(total.tokens),
  total.costUsd.toFixed(4),
  String(total.failures),
]

const words: Readonly<Record<RunPart['who'], string>> = { 'only-a': 'only A', 'only-b': 'only B', both: 'both', neither: 'neither' }

const partRow = ({ who, kind, title, a, b }: RunPart): readonly string[] => [
  words[who],
  title,
  String(a.visits),
  String(b.visits),
  ...(kind === 'state' ? [durationText(a.ms), durationText(b.ms)] : ['', '']),
  a.costUsd.toFixed(4),
  b.costUsd.toFixed(4),
]

const valueText = (text: string | undefined): string => (text === undefined ? 'not there' : cut(text, valueCharactersMax))
