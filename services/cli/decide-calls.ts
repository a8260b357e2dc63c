// Decide calls
// A person's word about the calls of tools that an agent of a task waits with.
import { z } from 'zod'
import type { TroupeClient } from '../../client/index.ts'
import { ArgumentInvalid } from './errors.ts'

const answerMs = 10_000

export interface CallOptions {
  readonly agent?: string
  readonly call?: string
  readonly args?: string
}

const progressShape = z.object({
  asked: z.string().optional(),
  agents: z.array(z.object({ agent: z.string(), actor: z.string().optional(), step: z.string(), waiting: z.boolean() })),
})

/** The agent whose calls wait; undefined: it is the task itself that asks, or nothing does. Throws `ArgumentInvalid`. */
export function waitingAgent(progress: unknown, { agent }: CallOptions, task: string): string | undefined {
  const read = progressShape.safeParse(progress)
  if (!read.success || (read.data.asked !== undefined && agent === undefined)) return undefined
  const waiting = read.data.agents.filter((one) => one.waiting && (agent === undefined || one.agent === agent))
  const [first, another] = waiting
  if (another)
    throw new ArgumentInvalid(`Deciding about task ${task}: ${waiting.map((one) => one.agent).join(' and ')} wait; say which with --agent.`)
  if (!first && agent !== undefined) throw new ArgumentInvalid(`Deciding about task ${task}: no agent '${agent}' of it waits for a person.`)
  return first?.actor
}

const callsShape = z.object({ calls: z.array(z.object({ id: z.string(), name: z.string(), arguments: z.unknown() })) })
const heardShape = z.object({ decision: z.string(), edited: z.array(z.string()) })
export type CallsDecided = z.infer<typeof heardShape> & { readonly calls: readonly { readonly id: string; readonly name: string }[] }

export interface CallWord extends CallOptions {
  readonly decision: 'approve' | 'answer' | 'deny'
  readonly text: string
  readonly by: string
}

/** Throws `ArgumentInvalid`, and rejects with what the agent refuses. */
export async function decideCalls(client: TroupeClient, agent: string, word: CallWord): Promise<CallsDecided> {
  const { decision, text, by } = word
  if (decision === 'answer') throw new ArgumentInvalid(`Answering ${agent}: its calls of tools wait for approval; approve or deny them.`)
  const { context } = await client.query(agent)
  const { calls } = callsShape.parse(context)
  const [first] = calls
  if (!first) throw new ArgumentInvalid(`Deciding about ${agent}: no call of a tool waits; it may need more budget, see \`troupe actors\`.`)
  const common = { call: first.id, by }
  const event =
    decision === 'deny'
      ? { type: 'deny', ...common, ...(text !== '' && { reason: text }) }
      : { type: 'approve', ...common, ...(word.args !== undefined && { edits: [editOf(calls, word, agent)] }) }
  const told = heardShape.safeParse(await client.ask(agent, event, { deadlineMs: answerMs }))
  if (!told.success) throw new ArgumentInvalid(`Deciding about ${agent}: it has ended before it heard that.`) // it then says what came of it
  return { ...told.data, calls: calls.map(({ id, name }) => ({ id, name })) }
}

function editOf(calls: z.infer<typeof callsShape>['calls'], { call, args = '' }: CallWord, agent: string) {
  const names = calls.map(({ id, name }) => `${id} (${name})`).join(', ')
  const found = call === undefined && calls.length === 1 ? calls[0] : calls.find(({ id }) => id === call)
  if (!found) throw new ArgumentInvalid(`Approving calls of ${agent}: say which of them the arguments are for with --call: ${names}.`)
  try {
    return { id: found.id, name: found.name, arguments: JSON.parse(args) as unknown }
  } catch (cause) {
    throw new ArgumentInvalid(
      `Approving calls of ${agent}: --args is no JSON: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { cause },
    )
  }
}

export function calledText({ decision, edited, calls }: CallsDecided): string {
  const named = (ids: readonly string[]): string =>
    calls
      .filter(({ id }) => ids.includes(id))
      .map(({ name }) => name)
      .join(', ')
  const all = calls.map(({ name }) => name).join(', ')
  return edited.length === 0 ? `${all} ${decision}` : `${all} ${decision}, with other arguments for ${named(edited)}`
}
