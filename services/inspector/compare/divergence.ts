// Divergence
// Where two runs first go different ways, and what made them. Pure.
//
// W1. Turns are compared one by one, from the first of each: the same event, the same transitions, the same state after it, the same failure.
// W2. Turns of the kernel's own that led nowhere are passed over: a hold, a message that was kept, a child that is watched.
// W3. Only what is known of both is compared: where the transitions of a turn are not, the states decide.
import { valueText } from './active.ts'
import type { Run, RunGuard, RunTurn } from './run.ts'

export interface DivergedSide {
  readonly turn: number
  readonly event: string
  readonly value: unknown
  /** The transitions it took, in the words of its chart. */
  readonly took: readonly string[]
  readonly failure?: string
}

export interface Divergence {
  /** What was different first: the event that came, a guard's answer, the transition, the state it led to, a failure, or that one of them went on. */
  readonly kind: 'event' | 'guard' | 'transition' | 'state' | 'failure' | 'end'
  /** Undefined: it had no turn more. */
  readonly a?: DivergedSide
  readonly b?: DivergedSide
  readonly guard?: { readonly name: string; readonly params?: unknown; readonly a: boolean; readonly b: boolean }
}

export interface Parting {
  /** Turns that were alike before. */
  readonly alike: number
  /** Undefined: they went the same way to the end. */
  readonly divergence?: Divergence
  /** The first turns after which the contexts differed, while both went the same way. */
  readonly contexts?: { readonly a: number; readonly b: number }
  /** All of it, for people. */
  readonly sentence: string
}

export interface PartingSide extends Pick<Run, 'start' | 'turns'> {
  /** The same text for what is the same in both charts. */
  commonEdge(id: string): string
  commonValue(value: unknown): string
  edgeText(id: string): string
}

export function partingOf(a: PartingSide, b: PartingSide): Parting {
  const told = { a: tellingTurns(a), b: tellingTurns(b) }
  let alike = 0
  let contexts: Parting['contexts']
  for (; ; alike++) {
    const [one, other] = [told.a[alike], told.b[alike]]
    const divergence = divergenceOf([a, one], [b, other])
    if (divergence || !one || !other) {
      const parting = { alike, ...(divergence && { divergence }), ...(contexts && { contexts }) }
      return { ...parting, sentence: sentenceOf(parting) }
    }
    if (one.context !== undefined && other.context !== undefined && one.context !== other.context)
      contexts ??= { a: one.turn, b: other.turn }
  }
}

/** W2 */
const tellingTurns = ({ start, turns }: PartingSide): readonly RunTurn[] =>
  turns.filter(({ event, value, failure, inside }, index) => {
    const before = turns[index - 1] ?? start
    const isOwn = event.startsWith('@') && before !== undefined && failure === undefined
    return !isOwn || (inside?.edges.length ?? 0) > 0 || valueText(before.value) !== valueText(value)
  })

type Taken = readonly [side: PartingSide, turn: RunTurn | undefined]

function divergenceOf([a, one]: Taken, [b, other]: Taken): Divergence | undefined {
  const sides = { ...(one && { a: sideOf(a, one) }), ...(other && { b: sideOf(b, other) }) }
  if (!one || !other) return one || other ? { kind: 'end', ...sides } : undefined
  if (one.event !== other.event) return { kind: 'event', ...sides }
  const [edges, others] = [one.inside?.edges.map(a.commonEdge), other.inside?.edges.map(b.commonEdge)]
  const differs = edges && others && JSON.stringify(edges) !== JSON.stringify(others) // W3
  if (differs) {
    const guard = guardOf(one.inside?.guards ?? [], other.inside?.guards ?? [])
    return guard ? { kind: 'guard', ...sides, guard } : { kind: 'transition', ...sides }
  }
  if (one.failure !== other.failure) return { kind: 'failure', ...sides }
  return a.commonValue(one.value) === b.commonValue(other.value) ? undefined : { kind: 'state', ...sides }
}

const sideOf = ({ edgeText }: PartingSide, { turn, event, value, inside, failure }: RunTurn): DivergedSide => ({
  turn,
  event,
  value,
  took: (inside?.edges ?? []).map(edgeText),
  ...(failure !== undefined && { failure }),
})

/** The first that both asked and that answered differently. */
function guardOf(ofA: readonly RunGuard[], ofB: readonly RunGuard[]): Divergence['guard'] {
  const found = ofA.find((one) => {
    const other = answerIn(ofA, ofB, one)
    return other !== undefined && other.result !== one.result
  })
  return found && { name: found.name, ...(found.params !== undefined && { params: found.params }), a: found.result, b: !found.result }
}

/** The same guard of the same parameters, asked as often before; else, where both asked it once, whatever it was given: that may be what differs. */
function answerIn(ofA: readonly RunGuard[], ofB: readonly RunGuard[], one: RunGuard): RunGuard | undefined {
  const keyOf = ({ name, params }: RunGuard): string => JSON.stringify([name, params])
  const same = (guard: RunGuard): boolean => keyOf(guard) === keyOf(one)
  const named = ({ name }: RunGuard): boolean => name === one.name
  const isOnlyOne = ofA.filter(named).length === 1 && ofB.filter(named).length === 1
  return ofB.filter(same)[ofA.filter(same).indexOf(one)] ?? (isOnlyOne ? ofB.find(named) : undefined)
}

function sentenceOf({ alike, divergence, contexts }: Omit<Parting, 'sentence'>): string {
  const shared = alike === 0 ? 'From the first turn on' : `After ${alike === 1 ? '1 turn' : `${alike} turns`} alike`
  const data = contexts ? ` Their contexts had differed since turn ${contexts.a} of A and turn ${contexts.b} of B.` : ''
  if (!divergence) {
    const end = contexts ? `; their contexts differ since turn ${contexts.a} of A and turn ${contexts.b} of B.` : '.'
    return alike === 0
      ? 'Neither has taken a turn to compare.'
      : `Both went the same way${alike === 1 ? ' in their one turn' : ` in all ${alike} turns`}${end}`
  }
  return `${shared} they part: ${reasonOf(divergence)}.${data}`
}

function reasonOf({ kind, a, b, guard }: Divergence): string {
  const at = [a && `turn ${a.turn} of A`, b && `turn ${b.turn} of B`].filter(Boolean).join(' and ')
  const went = `A went to ${valueText(a?.value) || 'no state'}, B to ${valueText(b?.value) || 'no state'}`
  switch (kind) {
    case 'event':
      return `at ${at}, A took ${a?.event}, B took ${b?.event}`
    case 'guard':
      return `at ${at}, on ${a?.event}, guard ${guard?.name} said ${yes(guard?.a)} in A and ${yes(guard?.b)} in B; ${went}`
    case 'transition':
      return `at ${at}, on ${a?.event}, A took ${listed(a?.took)}, B took ${listed(b?.took)}; ${went}`
    case 'state':
      return `at ${at}, on ${a?.event}, ${went}`
    case 'failure':
      return `at ${at}, on ${a?.event}, A ${endedText(a)}, B ${endedText(b)}`
    case 'end': {
      const [goes, stops] = a ? (['A', 'B'] as const) : (['B', 'A'] as const)
      return `${stops} has taken no turn more, ${goes} went on with ${(a ?? b)?.event} at turn ${(a ?? b)?.turn}`
    }
  }
}

const yes = (result: boolean | undefined): string => (result ? 'yes' : 'no')
const listed = (took: readonly string[] = []): string =>
  took.length === 0 ? 'no transition' : took.map((text) => `“${text}”`).join(' and ')
const endedText = (side: DivergedSide | undefined): string => (side?.failure === undefined ? 'did not fail' : `failed with ${side.failure}`)
