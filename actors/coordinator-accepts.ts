// Coordinator accepts
// What a coordinator takes from clients. Only shapes are checked here: what is out of range the coordinator refuses itself, with a code.
import { z } from 'zod'
import { cancel, nothingElse } from './accepts.ts'

const nameCharsMax = 200
const instructionCharsMax = 12_000
const namesMax = 100

const name = z.string().min(1).max(nameCharsMax)
const names = z.array(name).max(namesMax)
const amount = z.number()
const features = z.record(name, amount)
const weights = z.strictObject({
  success: amount.optional(),
  quality: amount.optional(),
  cost: amount.optional(),
  latency: amount.optional(),
})

const card = {
  agent: name,
  version: name,
  model: name.optional(),
  taskTypes: names.min(1),
  capabilities: names,
  skills: names.optional(),
  costClass: z.enum(['free', 'low', 'medium', 'high']).optional(),
  expects: z
    .strictObject({
      success: amount.optional(),
      quality: amount.optional(),
      costUsd: amount.optional(),
      latencyMs: amount.optional(),
      trials: amount,
    })
    .optional(),
  follows: name.optional(),
}

const program = z.strictObject({
  kind: name,
  instructions: z.string().max(instructionCharsMax),
  approach: z.array(z.string().max(instructionCharsMax)).max(namesMax),
  tools: names,
})

export const agentRegister = z.object({ ...card, program: program.optional() })
const agentRetire = z.object({ agent: name, model: name.optional() })

const wishes = {
  needs: names.optional(),
  only: name.optional(),
  features: features.optional(),
  deadlineMs: amount.optional(),
  budgetUsd: amount.optional(),
  weights: weights.optional(),
}
const similar = z.record(name, z.strictObject({ gained: amount, lost: amount }))

const agentChoose = z.object({
  taskId: name,
  taskType: name,
  ...wishes,
  exclude: names.optional(),
  similar: similar.optional(),
  count: amount.optional(),
})
const agentPredict = z.object({ taskType: name, ...wishes, exclude: names.optional() })

const outcomeReport = z.object({
  decisionId: name,
  ok: z.boolean(),
  reward: amount,
  quality: amount.optional(),
  costUsd: amount.optional(),
  latencyMs: amount.optional(),
  failed: z.enum(['agent', 'model']).optional(),
})
const ofDecision = z.object({ decisionId: name })

/** A policy is read by the learner, which names every fault. */
const policy = z.looseObject({ version: name })
const policySet = z.object({ live: policy, canary: z.strictObject({ policy, share: amount }).optional(), shadow: policy.optional() })

export const coordinatorAccepts = {
  'agent.register': agentRegister,
  'agent.retire': agentRetire,
  'agent.choose': agentChoose,
  'agent.predict': agentPredict,
  'outcome.report': outcomeReport,
  'outcome.withdraw': ofDecision,
  'policy.set': policySet,
  'coordinator.stats': nothingElse,
  'coordinator.explain': ofDecision,
  cancel,
} as const
