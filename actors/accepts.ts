// Accepts
// Checks the events that come from outside, before an actor sees them. What actors send each other is not checked: the compiler did.
import { z } from 'zod'
import { taskTypes } from '../machines/task-events.ts'
import type { ActorEvent } from '../machines/message.ts'
import type { CatchUp, Overlap } from '../machines/schedule.ts'

const promptCharsMax = 8_000
const pathCharsMax = 4_096
const nameCharsMax = 128
const turnsMax = 50
const budgetUsdMax = 1_000
const tokensMax = 10_000_000
const dayMs = 86_400_000

/** A check that takes these event types only, each with fields of its shape. */
export function acceptsOnly(shapes: Readonly<Record<string, z.ZodType>>): (event: ActorEvent) => string | undefined {
  return (event) => {
    const shape = Object.hasOwn(shapes, event.type) ? shapes[event.type] : undefined
    if (!shape) return `'${event.type}' is not taken from outside; send one of ${Object.keys(shapes).join(', ')}`
    const read = shape.safeParse(event)
    if (read.success) return undefined
    const [issue] = read.error.issues
    const field = issue?.path.join('.') ?? ''
    return `'${event.type}'${field === '' ? '' : ` field '${field}'`}: ${issue?.message ?? 'unreadable'}`
  }
}

export const nothingElse = z.object({})
const text = (charsMax: number) => z.string().trim().min(1).max(charsMax)
const root = text(pathCharsMax)
const name = text(nameCharsMax)
const isBelow = (path: string): boolean => !path.startsWith('/') && !path.split(/[/\\]/).includes('..')

export const cancel = z.object({ reason: z.string().max(promptCharsMax).optional() })

export const taskSubmit = z
  .object({
    taskType: z.enum(taskTypes),
    prompt: text(promptCharsMax),
    file: text(pathCharsMax).refine(isBelow, 'must be a path below the folder').optional(),
    root,
    collection: name,
    budgetUsd: z.number().min(0).max(budgetUsdMax).optional(),
    deadlineMs: z.number().int().min(1).max(dayMs).optional(),
    turnsMax: z.number().int().min(1).max(turnsMax).optional(),
  })
  .refine(({ taskType, file }) => file !== undefined || (taskType !== 'table' && taskType !== 'review'), {
    path: ['file'],
    message: 'a table or review task needs the file it is about',
  })

export const approve = z.object({ call: name.optional() })
export const deny = z.object({ call: name.optional(), reason: z.string().max(promptCharsMax).optional() })
export const budgetAdd = z.object({ usd: z.number().min(0).max(budgetUsdMax), tokens: z.number().int().min(0).max(tokensMax) })

export const agentRegister = z.object({
  agent: name,
  version: name,
  taskTypes: z.array(z.enum(taskTypes)).min(1),
  capabilities: z.array(name).max(nameCharsMax),
})

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
