// Roll
// Who is alive, as one process sees it: a member stays on the roll for its time to live after each heartbeat heard here.
//
// M1. Life is counted by this process's own timers from the moment it heard; no clock of another machine is compared.
// M2. A member's change is told once; a heartbeat that says nothing new is not a change.
// M3. Nobody is told anything before `open`, nor after `close`.
import type { Clock, Member } from './ports.ts'

interface Line {
  readonly member: Member
  readonly cancelExpiry: () => void
}

export class Roll {
  readonly #clock: Clock
  readonly #ttlMs: number
  readonly #changed: (members: readonly Member[]) => void
  readonly #lines = new Map<string, Line>()
  #told = false

  constructor(clock: Clock, ttlMs: number, changed: (members: readonly Member[]) => void) {
    this.#clock = clock
    this.#ttlMs = ttlMs
    this.#changed = changed
  }

  get members(): readonly Member[] {
    return [...this.#lines.values()].map((line) => line.member).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  heard(member: Member): void {
    const before = this.#lines.get(member.id)
    before?.cancelExpiry()
    this.#lines.set(member.id, { member, cancelExpiry: this.#expire(member.id) })
    if (before === undefined || JSON.stringify(before.member) !== JSON.stringify(member)) this.#tell() // M2
  }

  gone(id: string): void {
    const line = this.#lines.get(id)
    if (line === undefined) return
    line.cancelExpiry()
    this.#lines.delete(id)
    this.#tell()
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

  #tell(): void {
    if (this.#told) this.#changed(this.members) // M3
  }

  /** Takes the member off after its time to live (M1). The second step lets a process that was itself stopped first hear what it missed. */
  #expire(id: string): () => void {
    let cancel = this.#clock.after(this.#ttlMs, () => {
      cancel = this.#clock.after(0, () => this.gone(id))
    })
    return () => cancel()
  }
}
