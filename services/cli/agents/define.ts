// Define
// Many agents to the buckets they belong into, a few calls at a time. A call that is made again changes nothing: what is defined already is left as it is.
import type { TroupeClient } from '../../../client/index.ts'
import {
  bucketOf,
  registryLimits,
  registryType,
  type AgentResult,
  type AgentResults,
  type DefineItem,
  type Refused,
} from '../../../machines/registry.ts'
import { skillsOf, type SkillAnswer } from '../../../machines/skills.ts'

/** Above what skills may take to answer. */
export const askMs = 60_000
const callsMax = 8
/** Room for what stands around the items. */
const callBytesMax = registryLimits.callBytesMax / 2

interface Placed {
  /** Where it stood in what was given. */
  readonly at: number
  readonly item: DefineItem
}

export interface Defining {
  readonly tenant: string
  /** Calls with the same key are the same calls: one that was taken is answered as it was then. */
  readonly key?: string | undefined
}

/** The results, in the order given. Rejects as `ask` does. */
export async function defineAgents(
  client: TroupeClient,
  items: readonly DefineItem[],
  { tenant, key }: Defining,
): Promise<readonly AgentResult[]> {
  const results: AgentResult[] = []
  const waiting = callsByBucket(items).entries()
  const lane = async (): Promise<void> => {
    for (const [bucket, calls] of waiting)
      for (const [number, call] of calls.entries()) {
        const id = key === undefined ? {} : { id: `${key}-${bucket}-${number}` }
        const event = { type: 'agents.define', items: call.map(({ item }) => item) }
        const target = { tenant, type: registryType, key: bucket }
        const answer = await client.ask<AgentResults | Refused>(target, event, { deadlineMs: askMs, ...id })
        note(results, call, answer)
      }
  }
  await Promise.all(Array.from({ length: callsMax }, lane))
  return results
}

/** A call that was refused as a whole is refused for each of its agents. */
function note(results: AgentResult[], call: readonly Placed[], answer: AgentResults | Refused): void {
  for (const [index, { at, item }] of call.entries()) {
    const result = 'results' in answer ? answer.results[index] : { ...answer, name: nameOf(item.agent) }
    if (result) results[at] = result
  }
}

/** By bucket, calls that are each within the limits. An agent without a name goes to any: it is refused with all that is wrong with it. */
export function callsByBucket(items: readonly DefineItem[]): ReadonlyMap<string, readonly (readonly Placed[])[]> {
  const buckets = new Map<string, Placed[][]>()
  const bytesOf = new Map<Placed[], number>()
  for (const [at, item] of items.entries()) {
    const bucket = bucketOf(nameOf(item.agent))
    const calls = buckets.get(bucket) ?? []
    buckets.set(bucket, calls)
    const bytes = Buffer.byteLength(JSON.stringify(item))
    const last = calls.at(-1)
    const fits = last !== undefined && last.length < registryLimits.itemsMax && (bytesOf.get(last) ?? 0) + bytes <= callBytesMax
    const call = fits ? last : []
    if (!fits) calls.push(call)
    call.push({ at, item })
    bytesOf.set(call, (bytesOf.get(call) ?? 0) + bytes)
  }
  return buckets
}

const nameOf = (agent: unknown): string =>
  typeof agent === 'object' && agent !== null && 'name' in agent && typeof agent.name === 'string' && agent.name !== '' ? agent.name : '?'

export interface SkillResult {
  readonly skill: string
  readonly answer: SkillAnswer
}

/** One after the other: a tenant has few. */
export async function publishSkills(client: TroupeClient, skills: readonly unknown[], tenant: string): Promise<readonly SkillResult[]> {
  const results: SkillResult[] = []
  for (const [at, skill] of skills.entries()) {
    const answer = await client.ask<SkillAnswer>(skillsOf(tenant), { type: 'skill.set', skill }, { deadlineMs: askMs })
    results.push({ skill: answer.ok ? answer.skill : `number ${at + 1}`, answer })
  }
  return results
}
