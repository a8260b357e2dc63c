// Options
// Every limit and interval of a worker, resolved once: what is given, else the default. Inside, nothing is optional.

export interface WorkerOptions {
  /** Messages taken into one group at most. */
  readonly groupMessagesMax: number
  /** A group takes no further message once its entries are this large. */
  readonly groupBytesMax: number
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
  /** Actors in memory, per worker; beyond it turns wait for snapshots to be flushed. */
  readonly actorsMax: number
  /** An actor unused for this long leaves the memory. */
  readonly idleMs: number
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
  readonly effectTimeoutMs: number
  /** Messages that wait for a restarting actor. */
  readonly parkedMax: number
  /** Asks that wait for an actor to end. */
  readonly asksMax: number
  /** How long a draining worker lets running effects finish. */
  readonly drainMs: number
  readonly heartbeatMs: number
  /** How long a worker that starts listens before it claims anything. */
  readonly settleMs: number
  /** How often the worker compares what it owns with what it should own. */
  readonly balanceEveryMs: number
  /** Log records since the last checkpoint before turns wait for the next: far fewer than the log keeps. */
  readonly recordsMax: number
  /** Attempts to learn the outcome of an append whose answer was lost. */
  readonly appendAttemptsMax: number
}

export const workerDefaults: WorkerOptions = {
  groupMessagesMax: 512,
  groupBytesMax: 384 * 1024,
  stateBytesMax: 768 * 1024,
  checkpointBytesMax: 240 * 1024,
  recordBytesMax: 768 * 1024,
  messageBytesMax: 512 * 1024,
  waitingMax: 20_000,
  actorsMax: 10_000,
  idleMs: 10_000,
  flushEveryMs: 1_500,
  flushInFlightMax: 256,
  trimEveryMs: 10_000,
  tickMs: 250,
  resendAfterMs: 2_000,
  channelMessagesMax: 256,
  channelBytesMax: 384 * 1024,
  outboxMax: 20_000,
  effectsMax: { default: 64, llm: 16, tools: 16 },
  effectTimeoutMs: 60_000,
  parkedMax: 100,
  asksMax: 1_000,
  drainMs: 5_000,
  heartbeatMs: 500,
  settleMs: 100,
  balanceEveryMs: 200,
  recordsMax: 20_000,
  appendAttemptsMax: 10,
}
