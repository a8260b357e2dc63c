// Debug
// What whoever debugs an actor may ask of its owner: to stand still, to go on, to take one step, to stand still at certain places. The machine never sees it.
import { forkFault, type ForkCommand } from './fork.ts'

/** Where an actor stands still by itself. */
export interface Breakpoint {
  /** Chosen by whoever sets it; unique in the actor. */
  readonly id: string
  /** `state`: after a turn that entered it; `event`: before an event of this type is taken; `guard`: after a turn in which it said yes. */
  readonly on: 'state' | 'event' | 'guard'
  /** The id of a state, the type of an event, the name of a guard. */
  readonly match: string
}

/** Of every actor of a type, those included that are born later. */
export interface TypeBreakpoint extends Breakpoint {
  readonly tenant: string
  readonly type: string
  readonly by: string
  /** It is gone then, epoch ms. */
  readonly until: number
  /** How long an actor that reached it stands still at most. */
  readonly holdMs: number
}

export type DebugCommand =
  /** Stands still for `ttlMs` at most; asked again it stands longer. */
  | { readonly type: '@hold'; readonly by: string; readonly ttlMs: number }
  /** Lets so many of what waits through, one after the other; without a hold it is refused. */
  | { readonly type: '@step'; readonly by: string; readonly count?: number }
  | { readonly type: '@release'; readonly by: string }
  /** All of them: those that were set before and are not named are gone. */
  | ForkCommand
  | { readonly type: '@breakpoints'; readonly by: string; readonly ttlMs: number; readonly breakpoints: readonly Breakpoint[] }

export const debugTypes = ['@hold', '@step', '@release', '@breakpoints', '@fork'] as const
export const holdMsMax = 3_600_000
export const breakpointsMax = 20
export const stepsMax = 100
const nameMax = 256

/** What an actor that is debugged keeps of it. */
export interface StoredHold {
  readonly by: string
  /** Epoch ms. */
  readonly since: number
  /** It ends by itself then, and with it the breakpoints. */
  readonly until: number
  /** It stands still; else it has breakpoints only. */
  readonly held: boolean
  /** So many of what waits may still pass. */
  readonly steps: number
  readonly breakpoints: readonly Breakpoint[]
  /** While it stands still at a breakpoint of its type: until when its own ones stand. */
  readonly armedUntil?: number
  /** The breakpoint that brought the present hold about, and the message that waits at it. */
  readonly hit?: { readonly breakpoint: string; readonly message?: string }
}

/** What is wrong with a command from outside; undefined when it is good. */
export function debugFault(command: unknown): string | undefined {
  if (typeof command !== 'object' || command === null) return 'a debug command is an object'
  const { type, by, ttlMs, count, breakpoints } = command as Partial<Record<string, unknown>>
  if (!debugTypes.some((known) => known === type)) return `a debug command is one of ${debugTypes.join(', ')}`
  if (!isName(by)) return `'by' says who asks, in 1 to ${nameMax} characters`
  if (type === '@step')
    return count === undefined || isWhole(count, 1, stepsMax) ? undefined : `'count' is a whole number from 1 to ${stepsMax}`
  if (type === '@release') return undefined
  if (!isWhole(ttlMs, 1, holdMsMax)) return `'ttlMs' is a whole number of milliseconds, at most ${holdMsMax}`
  if (type === '@fork') return forkFault(command)
  return type === '@breakpoints' ? breakpointsFault(breakpoints) : undefined
}

/** What is wrong with a list of breakpoints; undefined when it is good. */
export function breakpointsFault(breakpoints: unknown): string | undefined {
  if (!Array.isArray(breakpoints) || breakpoints.length > breakpointsMax) return `'breakpoints' is a list of at most ${breakpointsMax}`
  const ids = new Set<unknown>()
  for (const breakpoint of breakpoints as readonly unknown[]) {
    const { id, on, match } = (typeof breakpoint === 'object' && breakpoint !== null ? breakpoint : {}) as Partial<Record<string, unknown>>
    if (!isName(id) || !isName(match) || !(on === 'state' || on === 'event' || on === 'guard'))
      return `a breakpoint is {id, on: 'state' | 'event' | 'guard', match}, each name of 1 to ${nameMax} characters`
    if (ids.has(id)) return `two breakpoints have the id '${id}'`
    ids.add(id)
  }
  return undefined
}

const isName = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && value.length <= nameMax
const isWhole = (value: unknown, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max
