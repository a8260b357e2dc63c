// Coordinator root
// What `main` does for its tenant: merges what shards have learned, notices changes, keeps agents and policies, and says what shards must be told. Pure.
//
// R1. A batch is merged once (B1 of coordinator-sharing.ts), whatever is repeated.
// R2. Shards are told every cell that has changed, at most every `tellEveryMs`: at once after a quiet time.
// R3. There are at most `armsMax` arms, and they are at most so large together: the whole of a coordinator fits one state.
import { coordinatorRefusals, type AgentRegister, type AgentRetire, type CoordinatorReply, type PolicySet } from './coordinator-messages.ts'
import { allCells, partsOf, touched, withNames } from './coordinator-parts.ts'
import {
  learningOf,
  type Arm,
  type Arms,
  type CoordinatorContext,
  type Policies,
  type Root,
  type ShardMark,
  type Told,
} from './coordinator-record.ts'
import type { ModelTold, ModelPull, StatisticsMerge } from './coordinator-sharing.ts'
import { applyChange, learn, notice, pace, readPolicy, versionChange, type ModelChange, type SelectionModel } from './selection.ts'
import { own } from './selection/cells.ts'
import { armOf, type AgentCard, type ArmId, type SelectionPolicy } from './selection/types.ts'

export const rootLimits = {
  /** R2 */
  tellEveryMs: 200,
  /** Characters of JSON of entries in one message to a shard. */
  partCharactersMax: 48_000,
  /** R3 */
  armsMax: 1_000,
  /** R3: characters of JSON of one arm, and of all. */
  armCharactersMax: 16_000,
  armsCharactersMax: 160_000,
  /** Retired arms whose version is remembered: one that comes back after so many others goes on with what it had shown, whatever its version. */
  retiredMax: 200,
} as const

/** What there is to say, and to whom: the key of a shard. */
export interface Telling {
  readonly shard: string
  readonly message: ModelTold
}

export interface Merged {
  readonly next: CoordinatorContext
  readonly changes: readonly ModelChange[]
}

/** The context with a batch of a shard in it; undefined when it was merged before (R1). */
export function merge(context: CoordinatorContext, batch: StatisticsMerge): Merged | undefined {
  const { shard, life, n, outcomes } = batch
  const mark = markOf(context.root, shard, life)
  if (n <= mark.merged) return undefined
  const shards = { ...context.root.shards, [shard]: { ...mark, merged: n, outcomes: mark.outcomes + outcomes.length } }
  return withOutcomes({ ...context, root: { ...context.root, shards } }, outcomes)
}

/** Learns what came of decisions of a shard, or of its own, looks whether something has changed, and paces what is spent. */
export function withOutcomes(context: CoordinatorContext, outcomes: readonly Told[]): Merged {
  const { live } = context.policies
  const learning = learningOf(context.policies)
  const learned = outcomes.reduce((model, told) => learn(model, told, learning), context.model)
  const { model, changes } = notice(learned, outcomes, live)
  const spentUsd = outcomes.reduce((sum, { costUsd = 0 }) => sum + costUsd, 0)
  return { next: withModel(context, paced(model, pace(model.pace, spentUsd, outcomes.length, live))), changes }
}

/** An arm of another version counts for less than it did. */
export function withVersion(
  context: CoordinatorContext,
  former: Pick<AgentCard, 'version'> | undefined,
  next: AgentCard,
  now: number,
): Merged {
  const change = versionChange(former, next, now)
  return change ? { next: withModel(context, applyChange(context.model, change)), changes: [change] } : { next: context, changes: [] }
}

const withModel = (context: CoordinatorContext, model: SelectionModel): CoordinatorContext => ({
  ...context,
  model,
  root: { ...context.root, fresh: withNames(context.root.fresh, touched(context.model, model)) },
})

function paced({ pace: _, ...model }: SelectionModel, state: SelectionModel['pace']): SelectionModel {
  return state ? { ...model, pace: state } : model
}

/** A shard has begun: it is told all there is. */
export function welcome(
  context: CoordinatorContext,
  { shard, life }: ModelPull,
): { readonly root: Root; readonly tellings: readonly Telling[] } {
  const mark = { ...markOf(context.root, shard, life), told: 0 }
  const tellings = partsOf(context.model, allCells(context.model), rootLimits.partCharactersMax).map((part) => tellingOf(shard, mark, part))
  return { root: { ...context.root, shards: { ...context.root.shards, [shard]: mark } }, tellings }
}

/** Whether there is something to tell any shard. */
export const hasNews = ({ shards, fresh }: Root): boolean => {
  const marks = Object.values(shards)
  return marks.some(({ merged, told }) => merged > told) || (marks.length > 0 && Object.keys(fresh).length > 0)
}

/** What every shard is to be told now (R2). */
export function tellAll(context: CoordinatorContext, now: number): { readonly root: Root; readonly tellings: readonly Telling[] } {
  const { root, model } = context
  const parts = partsOf(model, root.fresh, rootLimits.partCharactersMax)
  const tellings = Object.entries(root.shards).flatMap(([shard, mark]) => parts.map((part) => tellingOf(shard, mark, part)))
  const shards = Object.fromEntries(Object.entries(root.shards).map(([shard, mark]) => [shard, { ...mark, told: mark.merged }]))
  return { root: { ...root, shards, fresh: {}, toldAt: now }, tellings }
}

const tellingOf = (shard: string, { life, merged }: ShardMark, part: SelectionModel): Telling => ({
  shard,
  message: { type: 'model.told', life, merged, part },
})

function markOf({ shards }: Root, shard: string, life: string): ShardMark {
  const mark = Object.hasOwn(shards, shard) ? shards[shard] : undefined
  return mark?.life === life ? mark : { life, merged: 0, told: 0, outcomes: 0 }
}

/** What of each coordinator's outcomes is in the model: its life and how many, for whoever makes the model again from the log. */
export const watermarks = ({
  root,
  counts,
  key,
  life,
}: CoordinatorContext): Readonly<Record<string, readonly [life: string, outcomes: number]>> => ({
  ...Object.fromEntries(Object.entries(root.shards).map(([shard, mark]) => [shard, [mark.life, mark.outcomes] as const])),
  [key]: [life, counts.settled],
})

export type Registered =
  | { readonly ok: true; readonly arm: ArmId; readonly entry: Arm; readonly cards: Arms; readonly armCharacters: number }
  | (CoordinatorReply & { readonly ok: false })

export function register(context: CoordinatorContext, given: AgentRegister): Registered {
  const entry = armEntry(given)
  const fault = cardFault(entry.card)
  if (fault !== undefined) return refused('cardInvalid', fault)
  const arm = armOf(entry.card)
  const { cards } = context
  const before = Object.hasOwn(cards, arm) ? cards[arm] : undefined
  const characters = JSON.stringify(entry).length
  const whole = context.root.armCharacters + characters - (before ? JSON.stringify(before).length : 0)
  const count = Object.keys(cards).length + (before ? 0 : 1)
  const { armsMax, armCharactersMax, armsCharactersMax } = rootLimits
  if (characters > armCharactersMax)
    return refused('cardInvalid', `${arm} is ${characters} characters as JSON; the limit of one agent is ${armCharactersMax}`)
  if (count > armsMax) return refused('agentsFull', `${arm} would be arm ${count}; the limit of a tenant is ${armsMax}: retire one first`)
  if (whole > armsCharactersMax)
    return refused(
      'agentsFull',
      `with ${arm} the agents are ${whole} characters as JSON; the limit of a tenant is ${armsCharactersMax}: retire one first`,
    )
  return { ok: true, arm, entry, cards: { ...cards, [arm]: entry }, armCharacters: whole }
}

/** The arms of the agent, or the one of that model. */
export const retiredBy = ({ cards }: CoordinatorContext, { agent, model }: AgentRetire): readonly ArmId[] =>
  Object.entries(cards).flatMap(([arm, { card }]) => (card.agent === agent && (model === undefined || card.model === model) ? [arm] : []))

export function withoutArms(context: CoordinatorContext, arms: readonly ArmId[]): { readonly cards: Arms; readonly armCharacters: number } {
  const gone = new Set(arms)
  const characters = arms.reduce((sum, arm) => sum + JSON.stringify(context.cards[arm] ?? '').length, 0)
  return {
    cards: Object.fromEntries(Object.entries(context.cards).filter(([arm]) => !gone.has(arm))),
    armCharacters: Math.max(0, context.root.armCharacters - characters),
  }
}

/** The version of the arm that was known last, also of one that was retired. */
export function formerOf({ cards, root: { retired = {} } }: CoordinatorContext, arm: ArmId): Pick<AgentCard, 'version'> | undefined {
  const version = own(retired, arm)
  return own(cards, arm)?.card ?? (version === undefined ? undefined : { version })
}

/** The versions of retired arms once these are retired too. */
export function retiredWith(
  { cards, root: { retired = {} } }: CoordinatorContext,
  arms: readonly ArmId[],
): Readonly<Record<ArmId, string>> {
  const others = Object.entries(retired).filter(([arm]) => !arms.includes(arm))
  const gone = arms.flatMap((arm): [ArmId, string][] => {
    const version = own(cards, arm)?.card.version
    return version === undefined ? [] : [[arm, version]]
  })
  return Object.fromEntries([...others, ...gone].slice(-rootLimits.retiredMax))
}

export type PoliciesRead = { readonly ok: true; readonly policies: Policies } | (CoordinatorReply & { readonly ok: false })

/** The policies as they will be in force, with every default; or what is wrong with the first that is wrong. */
export function policiesOf({ live, canary, shadow }: PolicySet): PoliciesRead {
  if (canary !== undefined && !(canary.share >= 0 && canary.share <= 1))
    return { ok: false, code: 'TR_POLICY_INVALID', reason: `the canary's share is ${String(canary.share)}; it is 0 to 1` }
  const read = { live: readNamed(live), canary: canary && readNamed(canary.policy), shadow: shadow && readNamed(shadow) }
  for (const [name, one] of Object.entries(read)) {
    if (one && !one.ok) return { ok: false, code: one.code, reason: `the ${name} policy: ${one.faults.join('; ')}` }
  }
  if (!read.live.ok) return { ok: false, code: read.live.code, reason: read.live.faults.join('; ') }
  return {
    ok: true,
    policies: {
      live: read.live.policy,
      ...(canary && read.canary?.ok && { canary: { policy: read.canary.policy, share: canary.share } }),
      ...(read.shadow?.ok && { shadow: read.shadow.policy }),
    },
  }
}

/** As from a file, in which what is not set is null. */
const readNamed = (policy: SelectionPolicy) =>
  readPolicy({ ...Object.fromEntries(Object.entries(policy).map(([name, value]) => [name, value ?? null])), format: 1 })

function armEntry({ type: _type, program, ...given }: AgentRegister): Arm {
  const { agent, version, model, taskTypes, capabilities, skills, costClass, expects, follows } = given
  const card: AgentCard = {
    agent,
    version,
    ...(model !== undefined && { model }),
    taskTypes,
    capabilities,
    ...(skills && { skills }),
    ...(costClass && { costClass }),
    ...(expects && { expects }),
    ...(follows !== undefined && { follows }),
  }
  return { card, ...(program && { program }) }
}

const nameCharactersMax = 128

function cardFault({ agent, model, version, taskTypes, expects }: AgentCard): string | undefined {
  const names = [['agent', agent] as const, ['version', version] as const, ...(model === undefined ? [] : [['model', model] as const])]
  const bad = names.find(([, name]) => name === '' || name.length > nameCharactersMax)
  if (bad) return `'${bad[0]}' is '${bad[1].slice(0, nameCharactersMax)}'; it is text of 1 to ${nameCharactersMax} characters`
  if (agent.includes('@')) return `the agent's name '${agent}' holds an '@', which in the name of an arm stands before its model`
  if (taskTypes.length === 0) return `agent ${agent} does no type of task: name at least one in 'taskTypes'`
  const { success = 0, quality = 0, trials = 0, costUsd = 0, latencyMs = 0 } = expects ?? {}
  const figures = [
    { name: 'success', value: success, max: 1 },
    { name: 'quality', value: quality, max: 1 },
    { name: 'trials', value: trials, max: 50 },
    { name: 'costUsd', value: costUsd, max: Number.MAX_SAFE_INTEGER },
    { name: 'latencyMs', value: latencyMs, max: Number.MAX_SAFE_INTEGER },
  ]
  const wrong = figures.find(({ value, max }) => !(value >= 0 && value <= max))
  return wrong && `agent ${agent}: 'expects.${wrong.name}' is ${String(wrong.value)}; it is 0 to ${wrong.max}`
}

const refused = (code: keyof typeof coordinatorRefusals, reason: string): CoordinatorReply & { readonly ok: false } => ({
  ok: false,
  code: coordinatorRefusals[code],
  reason,
})
