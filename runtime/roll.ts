// Roll
// Who is alive, as one process sees it: a member stays on the roll for its time to live after each heartbeat heard here.
//
// M1. Life is counted by this process's own timers from the moment it heard; no clock of another machine is compared.
// M2. A member's change is told once; a heartbeat that says nothing new is not a change.
// M3. Nobody is told anything before `open`, nor after `close`.
// M4. A member whose connection has ended stays for `graceMs` and no longer, unless it is heard over another connection:
//     what it said over the old one may still arrive and proves nothing.
import type { Clock, Departure, Member } from './ports.ts'

/** Long enough for a live worker to connect again and say so; short beside the time to live. */
export const graceMs = 100

interface Line {
  readonly member: Member
  /** Over which it was heard last; undefined: it did not say. */
  readonly connection: string | undefined
  /** Its connection has ended (M4). */
  readonly suspected: boolean
  readonly cancelExpiry: () => void
}

type Changed = (members: readonly Member[], departure?: Departure) => void

export class Roll {
  readonly #clock: Clock
  readonly #ttlMs: number
  readonly #changed: Changed
  readonly #lines = new Map<string, Line>()
  #told = false

  constructor(clock: Clock, ttlMs: number, changed: Changed) {
    this.#clock = clock
    this.#ttlMs = ttlMs
    this.#changed = changed
  }

  get members(): readonly Member[] {
    return [...this.#lines.values()].map((line) => line.member).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  heard(member: Member, connection?: string): void {
    const before = this.#lines.get(member.id)
    if (before?.suspected && before.connection === connection) return // M4
    this.#write({ member, connection, suspected: false }, this.#ttlMs)
    if (before === undefined || JSON.stringify(before.member) !== JSON.stringify(member)) this.#tell() // M2
  }

  /** Its last words, or those of another that found its connection ended and no new one. */
  left(id: string): void {
    this.#strike({ id, why: this.#lines.get(id)?.suspected ? 'disconnected' : 'left' })
  }

  /** The server says that a connection has ended; whoever was heard over it last is suspected (M4). */
  disconnected(connection: string): void {
    for (const { member, ...line } of this.#lines.values())
      if (line.connection === connection && !line.suspected)
        this.#write({ member, connection, suspected: true }, Math.min(graceMs, this.#ttlMs))
  }

  /** This process is cut off itself: those it suspects may be back without its hearing of it, so each has its time to live again. */
  trustAll(): void {
    for (const { member, connection, suspected } of this.#lines.values())
      if (suspected) this.#write({ member, connection, suspected: false }, this.#ttlMs)
  }

  /** Tells who is on the roll now, and every change from here on. */
  open(): void {
    this.#told = true
    this.#tell()
  }

  close(): void {
    this.#told = false
    for (const line of this.#lines.values()) line.cancelExpiry()
    this.#lines.clear()
  }

  #write(line: Omit<Line, 'cancelExpiry'>, aliveMs: number): void {
    const { id } = line.member
    this.#lines.get(id)?.cancelExpiry()
    this.#lines.set(id, { ...line, cancelExpiry: this.#expire({ id, why: line.suspected ? 'disconnected' : 'silent' }, aliveMs) })
  }

  #strike(departure: Departure): void {
    const line = this.#lines.get(departure.id)
    if (line === undefined) return
    line.cancelExpiry()
    this.#lines.delete(departure.id)
    this.#tell(departure)
  }

  #tell(departure?: Departure): void {
    if (this.#told) this.#changed(this.members, departure) // M3
  }

  /** Takes the member off in time (M1). The second step lets a process that was itself stopped first hear what it missed. */
  #expire(departure: Departure, aliveMs: number): () => void {
    let cancel = this.#clock.after(aliveMs, () => {
      cancel = this.#clock.after(0, () => this.#strike(departure))
    })
    return () => cancel()
  }
}
