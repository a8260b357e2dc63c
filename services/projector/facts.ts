// Facts
// Tells the facts of the main job from the other events that actors emit. Any actor may emit anything, so nothing is believed by its type alone:
// an event that does not have a fact's shape is no fact, and stays where every emitted event is, in `turns.emits`.
import { z } from 'zod'
import type { ActorEvent } from '../../machines/message.ts'
import { agentStatuses } from '../history/entities/agent.ts'

export type KnownFact = z.infer<typeof factSchema>

/** A fact, and its place among the events its turn emitted. */
export interface PlacedFact {
  readonly n: number
  readonly fact: KnownFact
}

export function factsOf(emits: readonly ActorEvent[] | undefined): readonly PlacedFact[] {
  if (emits === undefined) return []
  return emits.flatMap((event, n) => {
    if (!factTypes.has(event.type)) return []
    const parsed = factSchema.safeParse(event)
    return parsed.success ? [{ n, fact: parsed.data }] : []
  })
}

const idCharactersMax = 256
const id = z.string().min(1).max(idCharactersMax)
const text = z.string()
const amount = z.number()
const whole = z.int().nonnegative()
const usage = z.object({ inputTokens: whole, outputTokens: whole, costUsd: amount, llmCalls: whole, toolCalls: whole })
const ofTask = { taskId: id }
const agentStatus = z.enum(agentStatuses)
const figures = z.array(amount.nullable()).readonly()
/** By column, an arm each; estimates are three figures an arm: mean, low, high. */
const candidates = z.object({
  arms: z.array(text).readonly(),
  trials: z.array(amount).readonly(),
  success: z.array(amount).readonly(),
  quality: figures.optional(),
  costUsd: figures.optional(),
  latencyMs: figures.optional(),
  samples: figures,
  propensities: figures,
  excluded: z.record(text, text).optional(),
})

/** The facts of machines/task-events.ts and machines/registry.ts that rows are made of. What a row keeps as JSON is not looked into. */
const facts = [
  z.object({
    type: z.literal('task.submitted'),
    ...ofTask,
    taskType: text,
    prompt: text,
    file: text.optional(),
    parent: text.optional(),
    priority: z.int().optional(),
    team: text.optional(),
  }),
  z.object({
    type: z.literal('task.assigned'),
    ...ofTask,
    executionId: id,
    agent: id,
    agentActor: text,
    decisionId: id.optional(),
    why: text,
    model: text.optional(),
    predicted: z.object({ success: amount, costUsd: amount.optional(), latencyMs: amount.optional() }).optional(),
  }),
  z.object({ type: z.literal('task.planned'), ...ofTask, steps: z.unknown() }),
  z.object({ type: z.literal('task.escalated'), ...ofTask, why: text }),
  z.object({ type: z.literal('task.approved'), ...ofTask }),
  z.object({
    type: z.literal('execution.finished'),
    ...ofTask,
    executionId: id,
    agent: id,
    ok: z.boolean(),
    reason: text.optional(),
    usage,
    durationMs: amount,
  }),
  z.object({
    type: z.literal('task.completed'),
    ...ofTask,
    executionId: id,
    agent: id,
    answer: text,
    citations: z.unknown(),
    usage,
    durationMs: amount,
    model: text,
    offline: z.boolean(),
  }),
  z.object({ type: z.literal('task.failed'), ...ofTask, reason: text, code: text.optional(), durationMs: amount }),
  z.object({ type: z.literal('task.cancelled'), ...ofTask, reason: text, durationMs: amount }),
  z.object({
    type: z.literal('agent.registered'),
    agent: id,
    version: text,
    model: text.optional(),
    taskTypes: z.array(text).readonly(),
    capabilities: z.array(text).readonly(),
  }),
  z.object({ type: z.literal('agent.retired'), agent: id, model: text.optional() }),
  z.object({
    type: z.literal('agent.defined'),
    agent: id,
    status: agentStatus,
    revision: whole,
    version: text,
    kind: text,
    taskTypes: z.array(text).readonly(),
    capabilities: z.array(text).readonly(),
    models: z.array(text).readonly(),
    skills: z.array(text).readonly(),
    description: text,
    owner: text,
    costClass: text,
  }),
  z.object({ type: z.literal('agent.changed'), agent: id, status: agentStatus, revision: whole }),
  z.object({ type: z.literal('agent.selectable'), agent: id, selectable: z.boolean(), why: text }),
  z.object({
    type: z.literal('decision.made'),
    shard: id,
    ...ofTask,
    taskType: text,
    features: z.record(text, amount).optional(),
    request: z.record(text, z.unknown()).optional(),
    candidates,
    others: z.record(text, whole).optional(),
    chosen: z
      .array(z.object({ decisionId: id, arm: text, propensity: amount, predicted: amount, raw: amount.optional() }))
      .min(1)
      .readonly(),
    policyVersion: text,
    shadow: text.optional(),
    random: amount,
    at: whole,
    why: text,
  }),
  z.object({
    type: z.literal('decision.settled'),
    decisionId: id,
    ...ofTask,
    n: whole,
    arm: text,
    taskType: text,
    features: z.record(text, amount).optional(),
    reward: amount,
    ok: z.boolean(),
    quality: amount.optional(),
    costUsd: amount.optional(),
    latencyMs: amount.optional(),
    predicted: amount,
    raw: amount.optional(),
    at: whole,
  }),
  z.object({ type: z.literal('decision.censored'), decisionId: id, ...ofTask, at: whole, why: text }),
  z.object({ type: z.literal('decision.withdrawn'), decisionId: id, ...ofTask, at: whole }),
  z.object({
    type: z.literal('llm.called'),
    ...ofTask,
    agent: id,
    model: text,
    offline: z.boolean(),
    inputTokens: whole,
    outputTokens: whole,
    costUsd: amount,
    latencyMs: amount,
    finish: text,
  }),
] as const

const factSchema = z.discriminatedUnion('type', facts)
const factTypes: ReadonlySet<string> = new Set(facts.map((fact) => fact.shape.type.value))
