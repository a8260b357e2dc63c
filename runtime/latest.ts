// Latest
// The newest state of each actor of the types that somebody follows so, told some times a second: what lies between is not.
// It is what lists of many actors are made of; a watch of one actor is told every turn (`announcer.ts`).
//
// L1. Newest wins: an actor is told once a frame, as it was then.
// L2. None is left out: what one message cannot hold is told by the next, at once.
// L3. Of types that nobody follows nothing is kept.
import type { ActorId } from '../machines/address.ts'
import { subjects } from '../machines/subject.ts'
import type { Ports } from './ports.ts'
import type { Entry } from './record.ts'
import type { Telemetry } from './telemetry.ts'

export const latestEveryMs = 50
const frameCharsMax = 128 * 1024
/** Until when a type is followed that nobody follows. */
const nobody = 0

/** An actor after a turn, as it goes over the wire: docs/protocol.md. */
export interface LatestState extends Pick<Entry, 'actor' | 'turn' | 'at'> {
  readonly event: string
  readonly value: unknown
  readonly status: string
  readonly held?: true
}

type Described = Pick<LatestState, 'value' | 'status' | 'held'>

export class LatestStates {
  readonly #ports: Pick<Ports, 'namespace' | 'signals' | 'clock'>
  readonly #telemetry: Pick<Telemetry, 'log'>
  readonly #follow: (subject: string) => number
  /** Until when somebody follows a type of a tenant, by the beginning of its actors' ids. */
  readonly #until = new Map<string, number>()
  readonly #changed = new Map<string, Map<ActorId, { readonly entry: Entry; readonly described: Described }>>()
  #cancel: (() => void) | undefined

  /** `follow` says until when somebody follows a subject, epoch ms; 0: nobody does. */
  constructor(
    ports: Pick<Ports, 'namespace' | 'signals' | 'clock'>,
    telemetry: Pick<Telemetry, 'log'>,
    follow: (subject: string) => number,
  ) {
    this.#ports = ports
    this.#telemetry = telemetry
    this.#follow = follow
  }

  /** Somebody began to follow, or goes on. */
  followed(): void {
    this.#until.clear()
  }

  /** A committed turn; only to be called while somebody follows something. */
  note(entry: Entry, described: Described | undefined, now: number): void {
    const beginning = beginningOf(entry.actor)
    if (!described || now >= this.#untilOf(beginning, now)) return // L3
    let actors = this.#changed.get(beginning)
    if (!actors) this.#changed.set(beginning, (actors = new Map()))
    actors.set(entry.actor, { entry, described }) // L1
    this.#cancel ??= this.#ports.clock.after(latestEveryMs, () => this.#tell())
  }

  stop(): void {
    this.#cancel?.()
  }

  #untilOf(beginning: string, now: number): number {
    const known = this.#until.get(beginning)
    if (known !== undefined && (known === nobody || now < known)) return known // else it is over, and the follower is forgotten
    const until = this.#follow(this.#subjectOf(beginning))
    this.#until.set(beginning, until)
    return until
  }

  #subjectOf(beginning: string): string {
    const [tenant = '', type = ''] = beginning.split('/')
    return subjects(this.#ports.namespace).latest(tenant, type)
  }

  #tell(): void {
    this.#cancel = undefined
    for (const [beginning, actors] of this.#changed) {
      try {
        for (const frame of framesOf(actors.values())) this.#ports.signals.publish(this.#subjectOf(beginning), Buffer.from(frame))
      } catch (error) {
        this.#telemetry.log.warn(
          { beginning, actors: actors.size, error },
          'the latest states of some actors were not told; their next turns will be',
        )
      }
    }
    this.#changed.clear()
  }
}

/** `tenant/type/` of an actor's id. */
const beginningOf = (actor: ActorId): string => actor.slice(0, actor.indexOf('/', actor.indexOf('/') + 1) + 1)

/** L2 */
function* framesOf(seen: Iterable<{ readonly entry: Entry; readonly described: Described }>): Iterable<string> {
  let rows: string[] = []
  let chars = 0
  for (const { entry, described } of seen) {
    const { actor, turn, at, event } = entry
    const row = JSON.stringify({ actor, turn, at, event: event.type, ...described } satisfies LatestState)
    if (chars + row.length > frameCharsMax && rows.length > 0) {
      yield frameOf(rows)
      rows = []
      chars = 0
    }
    rows.push(row)
    chars += row.length
  }
  if (rows.length > 0) yield frameOf(rows)
}

const frameOf = (rows: readonly string[]): string => `{"latest":[${rows.join(',')}]}`
