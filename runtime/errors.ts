// Errors
// Every failure the runtime throws or sends back, each with a stable code. docs/errors.md has one row a code: what happened, what to do.

export abstract class TroupeError extends Error {
  abstract readonly code: string
  /** Whether the same call may succeed later without anyone changing anything. */
  abstract readonly retryable: boolean

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** A definition that cannot be made durable, found when it is registered. */
export class DefinitionInvalid extends TroupeError {
  readonly code = 'TR_DEFINITION_INVALID'
  readonly retryable = false
}

/** An option of a worker or a namespace does not exist, or is out of its range. */
export class OptionInvalid extends TroupeError {
  readonly code = 'TR_OPTION_INVALID'
  readonly retryable = false
}

/** Another worker has claimed the partition: what this one computed is void. */
export class StaleOwner extends TroupeError {
  readonly code = 'TR_STALE_OWNER'
  readonly retryable = true
}

/** The log, mailbox or state store does not hold what the protocol says it must. */
export class LogCorrupt extends TroupeError {
  readonly code = 'TR_LOG_CORRUPT'
  readonly retryable = false
}

/** A server could not be reached or did not answer in time. */
export class ServerUnavailable extends TroupeError {
  readonly code = 'TR_SERVER_UNAVAILABLE'
  readonly retryable = true
}

/** The server is older than the features this runtime is built on. */
export class ServerTooOld extends TroupeError {
  readonly code = 'TR_SERVER_TOO_OLD'
  readonly retryable = false
}

/** The namespace has not been created on this server, or its name is not one. */
export class NamespaceNotFound extends TroupeError {
  readonly code = 'TR_NAMESPACE_NOT_FOUND'
  readonly retryable = false
}

/** The namespace exists with a setting that cannot be changed, such as another number of partitions. */
export class NamespaceMismatch extends TroupeError {
  readonly code = 'TR_NAMESPACE_MISMATCH'
  readonly retryable = false
}

/** The mailboxes are at their limit: the message was refused and nothing stored. */
export class MailboxFull extends TroupeError {
  readonly code = 'TR_MAILBOX_FULL'
  readonly retryable = true
}

/** One message or record is larger than the server takes: it was refused and nothing stored. */
export class MessageTooLarge extends TroupeError {
  readonly code = 'TR_MESSAGE_TOO_LARGE'
  readonly retryable = false
}

/** A guard or an action threw, or asked for what cannot be made durable: the turn is thrown away, `cause` says why. */
export class TurnFailed extends TroupeError {
  readonly code = 'TR_TURN_FAILED'
  readonly retryable = false
}

const placeStepsMax = 8

/** A value in a context, event, input or output that no stored form brings back: a function, a class instance, a cycle. */
export class NotStorable extends TroupeError {
  readonly code = 'TR_VALUE_NOT_STORABLE'
  readonly retryable = false
  readonly path: readonly (string | number)[]
  readonly found: string

  constructor(path: readonly (string | number)[], found: string) {
    const place = path.length === 0 ? 'it' : `'${path.slice(0, placeStepsMax).join('.')}${path.length > placeStepsMax ? '.…' : ''}'`
    super(`storing a value: ${place} is ${found}; keep plain objects, arrays, primitives, Date, Map, Set, Error or actor references`)
    this.path = path
    this.found = found
  }

  /** The same, seen from a value that holds this one at the path. */
  below(path: readonly (string | number)[]): NotStorable {
    return new NotStorable([...path, ...this.path], this.found)
  }
}

/** A stored snapshot that the machine of this version has no state for. */
export class NeedsMigration extends TroupeError {
  readonly code = 'TR_NEEDS_MIGRATION'
  readonly retryable = false
}

/** A turn whose result is larger than one log record may hold. */
export class TurnTooLarge extends TroupeError {
  readonly code = 'TR_TURN_TOO_LARGE'
  readonly retryable = false
}

/** An effect's result is larger than a message may be. */
export class ResultTooLarge extends TroupeError {
  readonly code = 'TR_RESULT_TOO_LARGE'
  readonly retryable = false
}

/** An effect ran longer than its policy allows without a heartbeat. */
export class EffectTimeout extends TroupeError {
  readonly code = 'TR_EFFECT_TIMEOUT'
  readonly retryable = true
}

/** A pool has no room for another waiting effect: this one did not run. */
export class EffectPoolFull extends TroupeError {
  readonly code = 'TR_POOL_FULL'
  readonly retryable = true
}

/** The limits of an effect pool, or the key or priority of an effect, are not what they must be. */
export class EffectLimitsInvalid extends TroupeError {
  readonly code = 'TR_EFFECT_LIMITS_INVALID'
  readonly retryable = false
}

/** The log no longer holds, or never held, what an actor was at a turn. */
export class MomentMissing extends TroupeError {
  readonly code = 'TR_MOMENT_MISSING'
  readonly retryable = false
}

/** More breakpoints of types were ordered than may stand. */
export class TooManyBreakpoints extends TroupeError {
  readonly code = 'TR_TOO_MANY_BREAKPOINTS'
  readonly retryable = false
}

/** Workers died, one after another, while they took this message, timer or result: it is not taken again. */
export class Quarantined extends TroupeError {
  readonly code = 'TR_QUARANTINED'
  readonly retryable = false
}

/** Why a message never became a turn, or an actor's turn was thrown away: the codes of dead letters and refusals. */
export const refusals = {
  notJson: 'TR_MESSAGE_NOT_JSON',
  invalid: 'TR_MESSAGE_INVALID',
  tooLarge: 'TR_MESSAGE_TOO_LARGE',
  badAddress: 'TR_ADDRESS_INVALID',
  unknownType: 'TR_ACTOR_TYPE_UNKNOWN',
  notBorn: 'TR_ACTOR_NOT_FOUND',
  reservedEvent: 'TR_EVENT_RESERVED',
  notAccepted: 'TR_EVENT_NOT_ACCEPTED',
  deadlinePassed: 'TR_DEADLINE_PASSED',
  turnFailed: 'TR_TURN_FAILED',
  compensationFailed: 'TR_COMPENSATION_FAILED',
  stopped: 'TR_ACTOR_STOPPED',
  actorFailed: 'TR_ACTOR_FAILED',
  overloaded: 'TR_OVERLOADED',
  asksFull: 'TR_ASKS_FULL',
  parkedFull: 'TR_PARKED_FULL',
  tenantPaused: 'TR_TENANT_PAUSED',
  producersFull: 'TR_PRODUCERS_FULL',
  replyNotKept: 'TR_REPLY_NOT_KEPT',
  needsMigration: 'TR_NEEDS_MIGRATION',
} as const

export type RefusalCode = (typeof refusals)[keyof typeof refusals]
