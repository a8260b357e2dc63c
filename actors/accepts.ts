// Accepts
// Checks the events that come from outside, before an actor sees them. What actors send each other is not checked: the compiler did.
import { z } from 'zod'
import type { ActorEvent } from '../machines/message.ts'
import type { CatchUp, Overlap } from '../machines/schedule.ts'
import { needsFile } from '../machines/task-plan.ts'
import { teamSizeMax, type Aggregate, type Comparison, type TeamRule } from '../machines/task-submit.ts'
import type { EventCheck } from '../runtime/define-actor.ts'

const promptCharsMax = 8_000
const pathCharsMax = 4_096
const nameCharsMax = 128
const turnsMax = 50
const budgetUsdMax = 1_000
const tokensMax = 10_000_000
const dayMs = 86_400_000
const needsMax = 32
const featuresMax = 16
const priorityMax = 10

/** A check that takes these event types only, each with fields of its shape; it says which they are. */
export function acceptsOnly(shapes: Readonly<Record<string, z.ZodType>>): EventCheck & Required<Pick<EventCheck, 'schemas'>> {
  const check = (event: ActorEvent): string | undefined => {
    const shape = Object.hasOwn(shapes, event.type) ? shapes[event.type] : undefined
    if (!shape) return `'${event.type}' is not taken from outside; send one of ${Object.keys(shapes).join(', ')}`
    const read = shape.safeParse(event)
    if (read.success) return undefined
    const [issue] = read.error.issues
    const field = issue?.path.join('.') ?? ''
    return `'${event.type}'${field === '' ? '' : ` field '${field}'`}: ${issue?.message ?? 'unreadable'}`
  }
  return Object.assign(check, { schemas: () => schemasOf(shapes) })
}

/** Refinements are not in a JSON schema: the check itself says them. */
const schemasOf = (shapes: Readonly<Record<string, z.ZodType>>): Readonly<Record<string, object>> =>
  Object.fromEntries(Object.entries(shapes).map(([type, shape]) => [type, z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' })]))

export const nothingElse = z.object({})
const text = (charsMax: number) => z.string().trim().min(1).max(charsMax)
const root = text(pathCharsMax)
const name = text(nameCharsMax)
const isBelow = (path: string): boolean => !path.startsWith('/') && !path.split(/[/\\]/).includes('..')

export const cancel = z.object({ reason: z.string().max(promptCharsMax).optional() })

const share = z.number().min(0).max(1)
const teamRules = ['first-good', 'quorum', 'vote'] as const satisfies readonly TeamRule[]
const comparisons = ['text', 'json'] as const satisfies readonly Comparison[]
const aggregates = ['concat', 'agent'] as const satisfies readonly Aggregate[]
const agentTeam = z
  .strictObject({
    rule: z.enum(teamRules),
    size: z.number().int().min(2).max(teamSizeMax),
    agree: z.number().int().min(2).max(teamSizeMax).optional(),
    compare: z.enum(comparisons).optional(),
  })
  .refine(({ size, agree = size }) => agree <= size, { path: ['agree'], message: 'no more can agree than there are' })
  .refine(({ rule, agree }) => agree === undefined || rule === 'quorum', { path: ['agree'], message: 'only a quorum counts who agrees' })
const escalation = z.strictObject({
  belowSuccess: share.optional(),
  aboveUsd: z.number().min(0).optional(),
  always: z.boolean().optional(),
})
const selectionWeights = z.strictObject({
  success: z.number().min(0).optional(),
  quality: z.number().min(0).optional(),
  cost: z.number().min(0).optional(),
  latency: z.number().min(0).optional(),
})

export const taskSubmit = z
  .object({
    taskType: name,
    prompt: text(promptCharsMax),
    file: text(pathCharsMax).refine(isBelow, 'must be a path below the folder').optional(),
    root,
    collection: name,
    budgetUsd: z.number().min(0).max(budgetUsdMax).optional(),
    deadlineMs: z.number().int().min(1).max(dayMs).optional(),
    turnsMax: z.number().int().min(1).max(turnsMax).optional(),
    needs: z.array(name).max(needsMax).optional(),
    only: name.optional(),
    features: z
      .record(name, z.number().min(-1).max(1))
      .refine((features) => Object.keys(features).length <= featuresMax, `at most ${featuresMax}`)
      .optional(),
    weights: selectionWeights.optional(),
    priority: z.number().int().min(-priorityMax).max(priorityMax).optional(),
    team: agentTeam.optional(),
    plan: z.boolean().optional(),
    aggregate: z.enum(aggregates).optional(),
    escalate: escalation.optional(),
    qualityMin: share.optional(),
  })
  .refine(({ taskType, file, plan }) => plan || file !== undefined || !needsFile(taskType), {
    path: ['file'],
    message: 'a table or review task needs the file it is about',
  })
  .refine(({ plan, team }) => !(plan && team), {
    path: ['team'],
    message: 'a task that is planned is done by its steps: give plan or team',
  })
  .refine(({ plan, aggregate }) => plan || aggregate === undefined, {
    path: ['aggregate'],
    message: 'only a planned task has answers to join',
  })

export const taskAnswer = z.object({ text: text(promptCharsMax) })
export const taskDeny = z.object({ reason: z.string().max(promptCharsMax).optional() })

const callId = z.string().min(1).max(pathCharsMax)
export const deny = z.object({
  call: callId.optional(),
  reason: z.string().max(promptCharsMax).optional(),
  by: z.string().max(pathCharsMax).optional(),
})
export const budgetAdd = z.object({ usd: z.number().min(0).max(budgetUsdMax), tokens: z.number().int().min(0).max(tokensMax) })

export const messageAdd = z.object({ text: text(promptCharsMax), root, collection: name })
export const memoryIngest = z.object({ root })

const overlaps = ['allow', 'skip', 'queue-one'] as const satisfies readonly Overlap[]
const catchUps = ['all', 'last', 'skip'] as const satisfies readonly CatchUp[]
const whole = z.number().int()

/** Its limits are the machine's own, which says them with a code. */
export const scheduleSet = z.object({
  target: z.string(),
  event: z.looseObject({ type: text(nameCharsMax) }),
  when: z.union(
    [
      z.strictObject({ cron: z.string(), timeZone: z.string().optional() }),
      z.strictObject({ at: whole }),
      z.strictObject({ everyMs: whole }),
    ],
    {
      error: 'give one of {cron, timeZone}, {at} in epoch milliseconds or {everyMs}, whole numbers',
    },
  ),
  catchUp: z.enum(catchUps).optional(),
  catchUpMax: whole.optional(),
  graceMs: whole.optional(),
  overlap: z.enum(overlaps).optional(),
  runTimeoutMs: whole.optional(),
  paused: z.boolean().optional(),
  endAt: whole.optional(),
  maxRuns: whole.optional(),
})
export const scheduleFinished = z.object({ run: whole })

/** Which figures and names make sense is the machine's business, which says so with a code. */
export const budgetSet = z.object({ scope: z.string(), usd: z.number(), per: z.string(), timeZone: z.string().optional() })
export const budgetUnset = z.object({ scope: z.string(), per: z.string().optional() })
export const budgetReserve = z
  .object({
    id: z.string(),
    agent: name,
    run: z.string().max(pathCharsMax),
    usd: z.number().optional(),
    call: z.object({ model: z.string().optional(), inputTokens: whole.min(0), outputTokens: whole.min(0) }).optional(),
  })
  .refine(({ usd, call }) => (usd === undefined) !== (call === undefined), { message: "give one of 'usd' and 'call'" })
export const budgetSettle = z.object({ id: z.string(), usd: z.number().optional() })
export const budgetRelease = z.object({ id: z.string() })

/** What an agent or a skill says of itself is checked by the registry, which names every fault. */
const defineItem = { agent: z.unknown(), expectedRevision: whole.min(0).optional() }
export const agentDefine = z.object(defineItem)
export const agentsDefine = z.object({ items: z.array(z.object(defineItem)).min(1) })
export const agentDescribe = z.object({ name: z.string() })
export const agentWithdraw = z.object({ name: z.string(), expectedRevision: whole.min(0).optional() })
export const skillSet = z.object({ skill: z.unknown() })
export const skillNamed = z.object({ skill: z.string() })
export const skillsList = z.object({ after: z.string().optional(), limit: whole.min(1).optional() })
