// Candidates
// How an agent that could be chosen is told of: by decisions and predictions alike.
import { z } from 'zod'
import type { Candidate } from '../../../machines/selection/types.ts'

const estimate = z.object({ mean: z.number(), low: z.number(), high: z.number() }).describe('A mean and its middle 90 %')

export const candidate = z
  .object({
    arm: z.string().describe('`agent`, or `agent@model`'),
    agent: z.string(),
    model: z.string().optional(),
    trials: z.number().describe('Outcomes that counted, after forgetting'),
    success: estimate,
    quality: estimate.optional(),
    costUsd: estimate.optional(),
    latencyMs: estimate.optional(),
    sample: z.number().optional().describe('The score that was compared'),
    propensity: z.number().optional().describe('Of being chosen first'),
    excluded: z.string().optional().describe('The first constraint it did not meet'),
  })
  .meta({
    examples: [
      {
        arm: 'researcher',
        agent: 'researcher',
        trials: 12.3,
        success: { mean: 0.81, low: 0.6, high: 0.95 },
        sample: 0.83,
        propensity: 0.72,
      },
    ],
  })

export const candidateOf = ({
  arm,
  agent,
  model,
  trials,
  success,
  quality,
  costUsd,
  latencyMs,
  sample,
  propensity,
  excluded,
}: Candidate): z.input<typeof candidate> => ({
  arm,
  agent,
  model,
  trials,
  success,
  quality,
  costUsd,
  latencyMs,
  sample,
  propensity,
  excluded,
})
