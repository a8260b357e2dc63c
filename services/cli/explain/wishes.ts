// Wishes
// What a task would ask for, as people write it on the command line.
import type { AgentPredict, Wishes } from '../../../machines/coordinator-messages.ts'
import type { Weights } from '../../../machines/selection/types.ts'
import { ArgumentInvalid } from '../errors.ts'
import { lengthOf } from '../schedule/spec.ts'

export interface WishOptions {
  readonly type: string
  readonly needs?: readonly string[]
  readonly exclude?: readonly string[]
  readonly only?: string
  readonly deadline?: string
  readonly budget?: string
  readonly weights?: string
  readonly features?: string
}

/** Throws `ArgumentInvalid`. What the figures may be is the coordinator's to say. */
export const predictOf = (options: WishOptions): AgentPredict => ({
  type: 'agent.predict',
  taskType: options.type,
  ...(options.exclude && { exclude: options.exclude }),
  ...wishesOf(options),
})

/** Throws `ArgumentInvalid`. */
export function wishesOf({ needs, only, deadline, budget, weights, features }: WishOptions): Wishes {
  return {
    ...(needs && { needs }),
    ...(only !== undefined && { only }),
    ...(deadline !== undefined && { deadlineMs: lengthOf(deadline) }),
    ...(budget !== undefined && { budgetUsd: numberOf('the budget', budget) }),
    ...(weights !== undefined && { weights: weightsOf(weights) }),
    ...(features !== undefined && { features: figuresOf('the features', features) }),
  }
}

const objectives = ['success', 'quality', 'cost', 'latency'] as const satisfies readonly (keyof Weights)[]

function weightsOf(text: string): Partial<Weights> {
  const figures = figuresOf('the weights', text)
  const unknown = Object.keys(figures).filter((name) => !objectives.some((one) => one === name))
  if (unknown.length === 0) return figures
  throw new ArgumentInvalid(`Reading the weights '${text}': there is no ${unknown.join(', ')}; there are ${objectives.join(', ')}.`)
}

/** `name=1,other=0.5`. */
const figuresOf = (what: string, text: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    text.split(',').map((pair): [string, number] => {
      const at = pair.indexOf('=')
      if (at < 1) throw new ArgumentInvalid(`Reading ${what} '${text}': '${pair}' is not name=number; write them as success=1,cost=0.5.`)
      return [pair.slice(0, at).trim(), numberOf(what, pair.slice(at + 1))]
    }),
  )

export function numberOf(what: string, text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new ArgumentInvalid(`Reading ${what}: '${text}' is no number.`)
}

export const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
