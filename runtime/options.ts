// Options
// Every limit and interval of a worker, resolved once: what is given, else the default. Inside, nothing is optional.
import { limitFaults } from '../machines/limit-faults.ts'
import { OptionInvalid } from './errors.ts'
import type { KeyLimits } from './gate.ts'

/** What is given, else the default. Throws OptionInvalid naming every option that does not exist or is out of its range. */
export function resolveOptions(given: Partial<WorkerOptions>): WorkerOptions {
  const faults = limitFaults(given, workerDefaults, ['effectsMax', 'effectKeys']) // those are checked pool by pool
  if (faults.length === 0) return { ...workerDefaults, ...given }
  throw new OptionInvalid(`reading the options of a worker: ${faults.join('; ')}`)
}

export interface WorkerOptions {
  /** Messages taken into one group at most. */
  readonly groupMessagesMax: number
  /** A group takes no further message once its entries are this large. */
  readonly groupBytesMax: number
  /** A group takes no further message once its turns have taken this long: slow turns must not silence their worker, nor the other partitions on it. */
  readonly groupMsMax: number
  /** One actor's whole state. */
  readonly stateBytesMax: number
  /** A checkpoint; while more is outstanding none is taken. */
  readonly checkpointBytesMax: number
  /** One log record; under the server's default max_payload of 1 MiB. */
  readonly recordBytesMax: number
  /** One event from outside. */
  readonly messageBytesMax: number
  /** Mail waiting in memory, per partition, before reading pauses. */
  readonly waitingMax: number
  /** The same in bytes. */
  readonly waitingBytesMax: number
  /** Messages from outside that wait in one partition for an actor, a type or a tenant before more are refused; at three quarters clients are told. */
  readonly depthMax: Readonly<Record<'actor' | 'type' | 'tenant', number>>
  /** A queue that is never emptied is too slow when its oldest mail has waited this long, ten times as long if nobody waits for an answer: clients of who fills it are told to let less through. */
  readonly waitingMsMax: number
  /** Clients are told of pressure at most this often, and again this often while it lasts. */
  readonly pressureEveryMs: number
  /** Actors in memory, per worker; beyond it turns wait for snapshots to be flushed. */
  readonly actorsMax: number
  /** An actor unused for this long leaves the memory. */
  readonly idleMs: number
  /** An actor that left the memory is brought back this long before its timer is due: the server's wake-ups are some tenths of a second late. */
  readonly wakeAheadMs: number
  /** And up to this much sooner, by its address, so that many that are due at once do not come back at once. */
  readonly wakeSpreadMs: number
  /** Snapshots reach the state store no sooner than this after their turn, so that the store is never ahead of a synced log. */
  readonly flushEveryMs: number
  readonly flushInFlightMax: number
  /** The mailbox is trimmed behind the checkpoint this often. */
  readonly trimEveryMs: number
  /** Housekeeping looks at the clock this often. */
  readonly tickMs: number
  /** Channel messages not applied by their target after this long are sent again. */
  readonly resendAfterMs: number
  readonly channelMessagesMax: number
  readonly channelBytesMax: number
  /** Channel messages waiting for one target before turns wait. */
  readonly outboxMax: number
  /** Effects running at once, by pool; a pool not named has the limit of `default`. */
  readonly effectsMax: Readonly<Record<string, number>>
  /** Limits of each key of a pool: runs at once per worker, rates of the whole fleet. A pool not named has those of `default`. */
  readonly effectKeys: Readonly<Record<string, KeyLimits>>
  /** Effects waiting, per pool; a tenant may fill at most what it leaves free, half of it when alone. */
  readonly effectsWaitingMax: number
  /** One step of an effect's priority counts as this much waiting. */
  readonly effectPriorityMs: number
  /** A key whose provider asks for a pause is closed for this long at most, then tried again. */
  readonly effectPauseMsMax: number
  readonly effectTimeoutMs: number
  /** Messages that wait for an actor to restart, or for a version that fits its state. */
  readonly parkedMax: number
  /** Asks that wait for an actor to end. */
  readonly asksMax: number
  /** Actors that monitor one actor, and actors linked with it. */
  readonly watchersMax: number
  /** How long a draining worker lets running effects finish. */
  readonly drainMs: number
  readonly heartbeatMs: number
  /** A worker of a newer deployment takes partitions from older ones once it has run this long. */
  readonly fitAfterMs: number
  /** Partitions being handed over at one time; a drain hands over all at once. */
  readonly handOversMax: number
  /** How long a worker that starts listens before it claims anything. */
  readonly settleMs: number
  /** How often the worker compares what it owns with what it should own. */
  readonly balanceEveryMs: number
  /** Actors without a parent of one tenant that may fail for good, fleet-wide, before the tenant is paused. */
  readonly tenantIntensity: { readonly restarts: number; readonly withinMs: number }
  /** Log records since the last checkpoint before turns wait for the next: far fewer than the log keeps. */
  readonly recordsMax: number
  /** The same in bytes: what the next owner of a partition has to read, at some 100 MB a second. */
  readonly uncheckedBytesMax: number
  /** Processes that may die of one message, timer, result or effect before it is quarantined. */
  readonly killsMax: number
  /** Attempts to learn the outcome of an append whose answer was lost. */
  readonly appendAttemptsMax: number
}

export const workerDefaults: WorkerOptions = {
  groupMessagesMax: 512,
  groupBytesMax: 384 * 1024,
  groupMsMax: 25,
  stateBytesMax: 768 * 1024,
  checkpointBytesMax: 240 * 1024,
  recordBytesMax: 768 * 1024,
  messageBytesMax: 512 * 1024,
  waitingMax: 20_000,
  waitingBytesMax: 16 * 1024 * 1024,
  depthMax: { actor: 10_000, type: 14_000, tenant: 16_000 },
  waitingMsMax: 100,
  pressureEveryMs: 100,
  actorsMax: 10_000,
  idleMs: 10_000,
  wakeAheadMs: 2_000,
  wakeSpreadMs: 8_000,
  flushEveryMs: 1_500,
  flushInFlightMax: 256,
  trimEveryMs: 10_000,
  tickMs: 250,
  resendAfterMs: 2_000,
  channelMessagesMax: 256,
  channelBytesMax: 384 * 1024,
  outboxMax: 20_000,
  effectsMax: { default: 64, llm: 16, tools: 16 },
  effectKeys: {},
  effectsWaitingMax: 50_000,
  effectPriorityMs: 5_000,
  effectPauseMsMax: 300_000,
  effectTimeoutMs: 60_000,
  parkedMax: 100,
  asksMax: 1_000,
  watchersMax: 1_000,
  drainMs: 5_000,
  heartbeatMs: 500,
  fitAfterMs: 2_000,
  handOversMax: 4,
  settleMs: 100,
  balanceEveryMs: 200,
  tenantIntensity: { restarts: 10, withinMs: 60_000 },
  recordsMax: 20_000,
  uncheckedBytesMax: 64 * 1024 * 1024,
  killsMax: 2,
  appendAttemptsMax: 10,
}
