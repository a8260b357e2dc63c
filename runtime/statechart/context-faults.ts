// Context faults
// Whether the first context can be stored, as far as it can be known before there is an input.
import type { AnyStateMachine } from 'xstate'
import { encode } from './codec.ts'

export function contextFaults(machine: AnyStateMachine): string[] {
  try {
    encode(firstContext(machine))
    return []
  } catch (error) {
    return [`initial context: ${error instanceof Error ? error.message : String(error)}`]
  }
}

/** Undefined when it cannot be computed without a real input or without spawning. */
function firstContext({ config }: AnyStateMachine): unknown {
  const given: unknown = config.context
  if (typeof given !== 'function') return given
  for (const input of [undefined, {}]) {
    try {
      return given({ input, spawn: undefined, self: undefined })
    } catch {
      continue
    }
  }
  return undefined
}
