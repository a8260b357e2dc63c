// Compensation
// What an author writes to undo an effect, and how the kernel holds it: as an effect of its own, with a policy of its own.
import { compensateAgainType, compensationOf } from './saga.ts'
import type { EffectContext, EffectPolicy, EffectRun, EffectSpec, EventCheck } from './define-actor.ts'
import type { ActorEvent } from '../machines/message.ts'

/**
 * What a compensation is given. `input` is the step's; `idempotencyKey` is the compensation's own.
 * It may find that the step never happened, or that it is still happening elsewhere: it undoes what was done under `stepKey`, and nothing else.
 */
export interface CompensationContext<Input, Output> extends EffectContext<Input> {
  /** What `run` gave; undefined when nobody knows whether it did its work. */
  readonly output: Output | undefined
  /** False: nobody knows whether `run` did its work. It failed, was aborted, or its worker died. */
  readonly isDone: boolean
  /** The idempotency key that `run` worked under. */
  readonly stepKey: string
}

export type CompensationRun<Input, Output> = (context: CompensationContext<Input, Output>) => Promise<unknown>

/** Pool, key, priority and timeout are the effect's own unless they are given here; attempts and backoff are not: 10 attempts, the first wait is 500 ms. */
export interface CompensationSpec<Input, Output> extends Omit<EffectPolicy, 'key' | 'priority'> {
  readonly run: CompensationRun<Input, Output>
}

/** An effect without what the compiler worked out from the machine. */
export type LooseEffect =
  | EffectRun<never, unknown>
  | (Omit<EffectSpec<never, unknown>, 'compensate'> & {
      readonly compensate?: CompensationRun<never, never> | CompensationSpec<never, never>
    })

/** What an order for a compensation holds as its input. */
interface Given {
  readonly key: string
  readonly input: unknown
  readonly output?: unknown
}

const attemptsMaxDefault = 10
const backoffMsDefault = 500

/** The effects as the kernel holds them: each that can be undone beside what undoes it. */
export function hostedEffects(effects: Readonly<Record<string, LooseEffect>>): Readonly<Record<string, EffectSpec<never, unknown>>> {
  return Object.fromEntries(
    Object.entries(effects).flatMap(([source, effect]): (readonly [string, EffectSpec<never, unknown>])[] => {
      if (typeof effect !== 'object' || effect === null) return [[source, { run: effect }]] // what is no function is refused when it is registered
      const { compensate, ...spec } = effect
      return compensate
        ? [
            [source, spec],
            [compensationOf(source), hosted(typeof compensate === 'function' ? { run: compensate } : compensate, spec)],
          ]
        : [[source, spec]]
    }),
  )
}

/** The machine's own check knows nothing of the event with which a compensation is tried again. One that throws has refused. */
export function acceptingRetries(accepts: EventCheck): EventCheck {
  const check = (event: ActorEvent): string | undefined => {
    if (event.type === compensateAgainType) return undefined
    try {
      return accepts(event)
    } catch (error) {
      return `its check threw: ${String(error).slice(0, causeCharactersMax)}`
    }
  }
  return accepts.schemas ? Object.assign(check, { schemas: accepts.schemas }) : check
}

const causeCharactersMax = 500

function hosted({ run, ...own }: CompensationSpec<never, never>, step: Omit<EffectSpec<never, unknown>, 'compensate'>) {
  if (typeof run !== 'function') return { ...own, run } // refused when it is registered
  const { key, priority, pool, timeoutMs } = step
  return {
    attemptsMax: attemptsMaxDefault,
    backoffMs: backoffMsDefault,
    ...(pool !== undefined && { pool }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...own,
    ...(key && { key: (given: Given, tenant: string) => key(given.input as never, tenant) }),
    ...(priority && { priority: (given: Given) => priority(given.input as never) }),
    async run({ input: given, ...context }: EffectContext<Given>): Promise<void> {
      const { key: stepKey, input, output } = given
      await run({ ...context, input: input as never, output: output as never, isDone: Object.hasOwn(given, 'output'), stepKey })
    },
  }
}
