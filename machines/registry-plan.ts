// Registry plan
// What one bucket of the registry does next, decided purely: its context and what came in, its next context and what is told whom.
// What becomes of a single agent is registry-agents.ts; this is about calls with many of them, and about the skills they wait for.
//
// G3. The items of a call are settled in their order, and each gets its own result; the call is answered once all of them are.
// G4. While an item waits for its skills, nobody else changes its agent.
// G5. A skill that an agent here uses, or waits for, is among those the skills were told of: it cannot be removed meanwhile.
// G6. What one turn sends is bounded: a long call goes on in further turns.
import type { ActorId } from './address.ts'
import { parseActorId } from './address.ts'
import type { AgentRegister, AgentRegistration, AgentRetire } from './coordinator-messages.ts'
import { charsAtMost, type FoundSkills } from './registry-cards.ts'
import {
  bytesOf,
  define,
  enable,
  invalid,
  noAgents,
  recordOf,
  refusal,
  registered,
  unknownAgent,
  withdraw,
  type Agents,
  type Settled,
} from './registry-agents.ts'
import { readAgent, type ReadAgent } from './registry-spec.ts'
import {
  bucketOf,
  registryLimits,
  type AgentDefinition,
  type AgentDescription,
  type AgentResult,
  type AgentResults,
  type DefineItem,
  type Refused,
  type RegistryFact,
  type RegistryKnown,
} from './registry.ts'
import type { SkillsUse } from './skills.ts'

export interface RegistryContext {
  readonly address: ActorId
  readonly agents: Agents
  /** Calls of which some item is not settled, oldest first. */
  readonly batches: readonly Batch[]
  readonly batchesBegun: number
  /** What the skills were told last. */
  readonly uses: readonly string[]
}

/** One call: the results so far, and the items to come. The first `asked` of them wait for their skills. */
interface Batch {
  readonly id: string
  /** The message that is answered. */
  readonly message: string
  readonly single: boolean
  readonly bytes: number
  readonly results: readonly AgentResult[]
  readonly items: readonly Item[]
  readonly asked: number
}

type Item =
  | { readonly does: 'define'; readonly name: string; readonly read: ReadAgent; readonly expectedRevision?: number }
  | { readonly does: 'enable'; readonly name: string }
  | { readonly does: 'nothing'; readonly name: string; readonly refused: Refused }

/** What a turn makes of what came in. */
export interface Step {
  readonly next: RegistryContext
  readonly facts: readonly RegistryFact[]
  readonly toCoordinator: readonly (AgentRegister | AgentRetire)[]
  readonly toSkills: readonly SkillsUse[]
  readonly replies: readonly { readonly message: string; readonly value: AgentResult | AgentResults | AgentDescription }[]
  /** Batches that wait for their skills from now on, that no longer do, and that go on in a turn of their own. */
  readonly waits: readonly string[]
  readonly heard: readonly string[]
  readonly goOn: readonly string[]
}

export const emptyRegistry = (address: ActorId): RegistryContext => ({
  address,
  agents: noAgents,
  batches: [],
  batchesBegun: 0,
  uses: [],
})

const nothingDone = { facts: [], toCoordinator: [], toSkills: [], replies: [], waits: [], heard: [], goOn: [] }
const stay = (next: RegistryContext): Step => ({ ...nothingDone, next })

/** One step after another, as one. */
function then(step: Step, more: (context: RegistryContext) => Step): Step {
  const after = more(step.next)
  return {
    next: after.next,
    facts: [...step.facts, ...after.facts],
    toCoordinator: [...step.toCoordinator, ...after.toCoordinator],
    toSkills: [...step.toSkills, ...after.toSkills],
    replies: [...step.replies, ...after.replies],
    waits: [...step.waits, ...after.waits],
    heard: [...step.heard, ...after.heard],
    goOn: [...step.goOn, ...after.goOn],
  }
}

const answering = (next: RegistryContext, message: string, value: AgentResult | AgentResults | AgentDescription): Step => ({
  ...stay(next),
  replies: [{ message, value }],
})

export interface Call {
  /** The message that is answered. */
  readonly message: string
  readonly now: number
}

/** `single`: the answer is the result of the one item. */
export function defineAgents(
  context: RegistryContext,
  { items, single, known }: { readonly items: readonly DefineItem[]; readonly single: boolean; readonly known: RegistryKnown },
  call: Call,
): Step {
  const bytes = bytesOf(items)
  const refused = callFault(context, items.length, bytes)
  if (refused) return answering(context, call.message, refused)
  const read = items.map((item) => readItem(context, item, known))
  return begin(context, { items: read, single, bytes }, call)
}

/** It needs its skills again, so it may have to wait for them. */
export function enableAgent(context: RegistryContext, name: string, call: Call): Step {
  const refused = busy(context, name)
  if (refused) return answering(context, call.message, refused)
  return begin(context, { items: [{ does: 'enable', name }], single: true, bytes: 0 }, call)
}

export function withdrawAgent(
  context: RegistryContext,
  asked: { readonly name: string; readonly status: 'disabled' | 'retired'; readonly expectedRevision?: number },
  { message, now }: Call,
): Step {
  const refused = busy(context, asked.name)
  if (refused) return answering(context, message, refused)
  const { agents, result, ...told } = withdraw(context.agents, asked, now)
  return then({ ...answering({ ...context, agents }, message, result), ...told }, tellUses)
}

export function describeAgent(context: RegistryContext, name: string, { message }: Call): Step {
  const record = recordOf(context.agents, name)
  return answering(context, message, record ? { ok: true, ...record } : unknownAgent(name))
}

export function noteRegistration(context: RegistryContext, said: AgentRegistration): Step {
  const { agents, ...told } = registered(context.agents, said)
  return { ...stay({ ...context, agents }), ...told }
}

/** What the skills answered; `found` undefined: nothing in time. Of a batch that waits no longer it comes too late. */
export function skillsAnswered(context: RegistryContext, id: string, found: FoundSkills | undefined, now: number): Step {
  const batch = context.batches.find((one) => one.id === id && one.asked > 0)
  if (!batch) return stay(context)
  const step = settleChunk(context, batch, found, now)
  return found ? { ...step, heard: [id] } : step
}

/** The batch goes on in a turn of its own (G6). */
export function goOn(context: RegistryContext, id: string, now: number): Step {
  const batch = context.batches.find((one) => one.id === id && one.asked === 0)
  return batch ? openChunk(context, batch, now) : stay(context)
}

function callFault({ batches }: RegistryContext, items: number, bytes: number): Refused | undefined {
  const { itemsMax, callBytesMax, waitingBytesMax } = registryLimits
  if (items > itemsMax || bytes > callBytesMax)
    return refusal('', 'tooMany', `${items} agents of ${bytes} bytes in one call, the limits are ${itemsMax} and ${callBytesMax}: split it`)
  const waiting = batches.reduce((sum, batch) => sum + batch.bytes, bytes)
  if (waiting > waitingBytesMax) return refusal('', 'busy', `${waiting} bytes of agents wait for their skills; try again in a moment`)
  return undefined
}

function readItem(context: RegistryContext, { agent, expectedRevision }: DefineItem, known: RegistryKnown): Item {
  const read = readAgent(agent, known)
  const name = read.ok ? read.value.name : nameIn(agent)
  if (!read.ok) return { does: 'nothing', name, refused: invalid(name, read.faults) }
  const refused = misplaced(context, name) ?? busy(context, name)
  if (refused) return { does: 'nothing', name, refused }
  return { does: 'define', name, read: read.value, ...(expectedRevision !== undefined && { expectedRevision }) }
}

const nameCharsMax = 64

/** What a faulty agent calls itself, for the answer. */
function nameIn(agent: unknown): string {
  if (typeof agent !== 'object' || agent === null || !('name' in agent) || typeof agent.name !== 'string') return ''
  return agent.name.slice(0, nameCharsMax)
}

function misplaced({ address }: RegistryContext, name: string): Refused | undefined {
  const [own, right] = [parseActorId(address)?.key, bucketOf(name)]
  return own === right
    ? undefined
    : refusal(name, 'misplaced', `it belongs into bucket ${right}, and this is ${own ?? address}; send it there`)
}

/** G4 */
function busy({ batches }: RegistryContext, name: string): Refused | undefined {
  const waits = batches.some(({ items }) => items.some((item) => item.name === name && item.does !== 'nothing'))
  return waits ? refusal(name, 'busy', 'another change of it waits for its skills; try again in a moment') : undefined
}

function begin(context: RegistryContext, given: Pick<Batch, 'items' | 'single' | 'bytes'>, { message, now }: Call): Step {
  const batchesBegun = context.batchesBegun + 1
  const batch: Batch = { id: `b${batchesBegun}`, message, ...given, results: [], asked: 0 }
  return openChunk({ ...context, batchesBegun, batches: [...context.batches, batch] }, batch, now)
}

/** The next items of a batch: settled now when they need no skill, else once the skills have answered. */
function openChunk(context: RegistryContext, batch: Batch, now: number): Step {
  const asked = chunkOf(context, batch.items)
  const open: Batch = { ...batch, asked }
  const waiting = withBatch(context, open)
  const skills = [...new Set(batch.items.slice(0, asked).flatMap((item) => definitionOf(waiting, item)?.skills ?? []))]
  if (skills.length === 0) return settleChunk(waiting, open, {}, now)
  const uses = usesOf(waiting) // G5: those that are asked for are among them
  return { ...stay({ ...waiting, uses }), toSkills: [{ type: 'skills.use', uses, ask: { batch: batch.id, skills } }], waits: [batch.id] }
}

/** How many items one turn takes (G6): one at least. */
function chunkOf(context: RegistryContext, items: readonly Item[]): number {
  let chars = 0
  const over = items.findIndex((item, at) => {
    const agent = definitionOf(context, item)
    chars += agent ? charsAtMost(agent) : 0
    return at > 0 && chars > registryLimits.chunkCharsMax
  })
  return over < 0 ? items.length : over
}

/** What the agent of an item will be, if the item is accepted. */
function definitionOf({ agents }: RegistryContext, item: Item): Omit<AgentDefinition, 'version'> | undefined {
  if (item.does === 'nothing') return undefined
  return item.does === 'define' ? item.read : recordOf(agents, item.name)?.definition
}

function settleChunk(context: RegistryContext, batch: Batch, found: FoundSkills | undefined, now: number): Step {
  const results = [...batch.results]
  let step = stay(context)
  for (const item of batch.items.slice(0, batch.asked))
    step = then(step, (before) => {
      const { agents, result, ...told } = settle(before, item, found, now)
      results.push(result)
      return { ...stay({ ...before, agents }), ...told }
    })
  const items = batch.items.slice(batch.asked)
  return then(
    then(step, (before) => (items.length > 0 ? waitOn(before, { ...batch, results, items, asked: 0 }) : finish(before, batch, results))), // G3
    tellUses,
  )
}

const waitOn = (context: RegistryContext, batch: Batch): Step => ({ ...stay(withBatch(context, batch)), goOn: [batch.id] })

function finish(context: RegistryContext, { id, message, single }: Batch, results: readonly AgentResult[]): Step {
  const next = { ...context, batches: context.batches.filter((one) => one.id !== id) }
  const [only] = results
  return answering(next, message, single && only ? only : { ok: results.every(({ ok }) => ok), results })
}

function settle(context: RegistryContext, item: Item, found: FoundSkills | undefined, now: number): Settled {
  const { agents } = context
  const refused = (result: Refused): Settled => ({ agents, result, facts: [], toCoordinator: [] })
  if (item.does === 'nothing') return refused(item.refused)
  if (!found && (definitionOf(context, item)?.skills ?? []).length > 0)
    return refused(refusal(item.name, 'skillsSilent', `nothing was heard of its skills within ${registryLimits.skillsMs} ms; try again`))
  return item.does === 'define' ? define(agents, item, found ?? {}, now) : enable(agents, item.name, found ?? {}, now)
}

/** G5: says which skills are used here, when that has changed. */
function tellUses(context: RegistryContext): Step {
  const uses = usesOf(context)
  if (uses.length === context.uses.length && uses.every((skill, at) => skill === context.uses[at])) return stay(context)
  return { ...stay({ ...context, uses }), toSkills: [{ type: 'skills.use', uses }] }
}

function usesOf(context: RegistryContext): readonly string[] {
  const kept = Object.values(context.agents.byName).flatMap(({ status, definition }) => (status === 'retired' ? [] : definition.skills))
  const coming = context.batches.flatMap(({ items }) => items.flatMap((item) => definitionOf(context, item)?.skills ?? []))
  return [...new Set([...kept, ...coming])].toSorted()
}

const withBatch = (context: RegistryContext, batch: Batch): RegistryContext => ({
  ...context,
  batches: context.batches.map((one) => (one.id === batch.id ? batch : one)),
})
