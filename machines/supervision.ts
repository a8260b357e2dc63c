// Supervision
// What happens to an actor that fails, decided purely: the spec, the failures so far, the time, a random number in; a directive out.
// The strategy is OTP's one_for_one: each actor is restarted alone. Source of intensity and restart types: Erlang/OTP supervisor behaviour.
//
// S1. At most `intensity.restarts` restarts happen within `intensity.withinMs`; one more escalates.
// S2. A temporary actor is never restarted; a transient one only after an abnormal end.

export interface SupervisionSpec {
  /** permanent: always restarted; transient: after a failure; temporary: never. Default transient. */
  readonly restart: 'permanent' | 'transient' | 'temporary'
  /** Restarts allowed (S1). Default 3 in 60,000 ms. */
  readonly intensity: { readonly restarts: number; readonly withinMs: number }
  /** Wait before restart k: `baseMs · factor^(k-1)`, at most `maxMs`, plus up to `jitter` of it. Default 100, 2, 30,000, 0.2. */
  readonly backoff: { readonly baseMs: number; readonly factor: number; readonly maxMs: number; readonly jitter: number }
  /** Different messages that may fail on the same state before the state itself counts as bad. Default 3. */
  readonly failingMessagesMax: number
}

export const supervisionDefaults: SupervisionSpec = {
  restart: 'transient',
  intensity: { restarts: 3, withinMs: 60_000 },
  backoff: { baseMs: 100, factor: 2, maxMs: 30_000, jitter: 0.2 },
  failingMessagesMax: 3,
}

export type Directive =
  | { readonly kind: 'restart'; readonly afterMs: number }
  /** The failure is the parent's business now; without a parent the actor stays stopped and is reported. */
  | { readonly kind: 'escalate' }

/** What to do about an actor that has failed, given when it was restarted before (epoch ms, oldest first). */
export function directiveFor(spec: SupervisionSpec, restarts: readonly number[], now: number, random: number): Directive {
  if (spec.restart === 'temporary') return { kind: 'escalate' } // S2
  const recent = recentRestarts(spec, restarts, now)
  if (recent.length >= spec.intensity.restarts) return { kind: 'escalate' } // S1
  const { baseMs, factor, maxMs, jitter } = spec.backoff
  const wait = Math.min(maxMs, baseMs * factor ** recent.length)
  return { kind: 'restart', afterMs: Math.round(wait * (1 + jitter * random)) }
}

/** The restarts that still count against the intensity. */
export const recentRestarts = (spec: SupervisionSpec, restarts: readonly number[], now: number): readonly number[] =>
  restarts.filter((at) => now - at < spec.intensity.withinMs)
