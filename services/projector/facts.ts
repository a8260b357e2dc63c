// Facts
// Tells the facts of the main job from the other events that actors emit. Any actor may emit anything, so nothing is believed by its type alone:
// an event that does not have a fact's shape is no fact, and stays where every emitted event is, in `turns.emits`.
import { z } from 'zod'
import type { ActorEvent } from '../../machines/message.ts'

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

/** The facts of machines/task-events.ts that rows are made of. What a row keeps as JSON is not looked into. */
const facts = [
  z.object({ type: z.literal('task.submitted'), ...ofTask, taskType: text, prompt: text, file: text.optional() }),
  z.object({ type: z.literal('task.assigned'), ...ofTask, executionId: id, agent: id, agentActor: text, decisionId: id, why: text }),
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
  z.object({ type: z.literal('task.failed'), ...ofTask, reason: text, durationMs: amount }),
  z.object({ type: z.literal('task.cancelled'), ...ofTask, reason: text, durationMs: amount }),
  z.object({
    type: z.literal('agent.registered'),
    agent: id,
    version: text,
    taskTypes: z.array(text).readonly(),
    capabilities: z.array(text).readonly(),
  }),
  z.object({
    type: z.literal('decision.made'),
    decisionId: id,
    ...ofTask,
    taskType: text,
    chosen: text,
    why: text,
    candidates: z.unknown(),
  }),
  z.object({ type: z.literal('decision.settled'), decisionId: id, ...ofTask, agent: id, reward: amount, ok: z.boolean() }),
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
