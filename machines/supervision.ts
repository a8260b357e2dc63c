// Supervision
// What happens to an actor that fails, decided purely: the spec, the restarts so far, the time, a random number in; a directive out.
// Strategies, restart types and intensity are those of Erlang/OTP's supervisor behaviour.
//
// S1. At most `intensity.restarts` restarts happen within `intensity.withinMs`; one more escalates.
// S2. A temporary actor is never restarted; a transient one only after an abnormal end.

export interface SupervisionSpec {
  /** permanent: always restarted; transient: after a failure; temporary: never. Default transient. */
  readonly restart: 'permanent' | 'transient' | 'temporary'
  /**
   * Of the actor's children, when one of them fails. one_for_one: it restarts alone. one_for_all: all are stopped, the last born first,
   * and started again in order. rest_for_one: so are it and those born after it. Default one_for_one.
   */
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one'
  /** Restarts allowed (S1): of the actor itself, and, counted apart, of its children as a group. Default 3 in 60,000 ms. */
  readonly intensity: { readonly restarts: number; readonly withinMs: number }
  /** Wait before restart k: `baseMs · factor^(k-1)`, at most `maxMs`, plus up to `jitter` of it. Default 100, 2, 30,000, 0.2. */
  readonly backoff: { readonly baseMs: number; readonly factor: number; readonly maxMs: number; readonly jitter: number }
  /** Different messages that may fail on the same state before the state itself counts as bad. Default 3. */
  readonly failingMessagesMax: number
  /**
   * What a bad state is reset to. initial: the first state. checkpoint: the state in which the machine last was in a node tagged `checkpoint`
   * (the first state when it never was). stop: the actor is given up at once. Default initial.
   */
  readonly reset: 'initial' | 'checkpoint' | 'stop'
}

export const supervisionDefaults: SupervisionSpec = {
  restart: 'transient',
  strategy: 'one_for_one',
  intensity: { restarts: 3, withinMs: 60_000 },
  backoff: { baseMs: 100, factor: 2, maxMs: 30_000, jitter: 0.2 },
  failingMessagesMax: 3,
  reset: 'initial',
}

/** Why an actor restarts. What is not here (a lost worker, a failed effect, a failed commit) never counts as a restart. */
export type RestartCause =
  /** Turns failed on its state. */
  | 'turn'
  /** Its machine came to an error, or a permanent actor was done. */
  | 'end'
  /** An actor it is linked with failed. */
  | 'exit'
  /** It took its process down. */
  | 'kill'

export interface Restart {
  /** Epoch ms. */
  readonly at: number
  readonly cause: RestartCause
}

export type Directive =
  | { readonly kind: 'restart'; readonly afterMs: number }
  /** The failure is the parent's business now; without a parent the actor stays stopped and is reported. */
  | { readonly kind: 'escalate' }

/** What to do about an actor that has failed, given when it was restarted before (oldest first). */
export function directiveFor(spec: SupervisionSpec, restarts: readonly Restart[], now: number, random: number): Directive {
  if (spec.restart === 'temporary') return { kind: 'escalate' } // S2
  const recent = recentRestarts(spec, restarts, now)
  if (recent.length >= spec.intensity.restarts) return { kind: 'escalate' } // S1
  const { baseMs, factor, maxMs, jitter } = spec.backoff
  const wait = Math.min(maxMs, baseMs * factor ** recent.length)
  return { kind: 'restart', afterMs: Math.round(wait * (1 + jitter * random)) }
}

/** The restarts that still count against the intensity. */
export const recentRestarts = (spec: SupervisionSpec, restarts: readonly Restart[], now: number): readonly Restart[] =>
  restarts.filter(({ at }) => now - at < spec.intensity.withinMs)

/** What an operator reads of them: `3 restarts (turn 2, exit 1)`. */
export function tallyOf(restarts: readonly Restart[]): string {
  const counts = new Map<RestartCause, number>()
  for (const { cause } of restarts) counts.set(cause, (counts.get(cause) ?? 0) + 1)
  const causes = [...counts].map(([cause, count]) => `${cause} ${count}`).join(', ')
  return `${restarts.length} ${restarts.length === 1 ? 'restart' : 'restarts'}${causes && ` (${causes})`}`
}
