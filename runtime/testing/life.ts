// Life
// One simulated worker process, from its start to its crash, and what befalls it meanwhile.
//
// L1. After the crash nothing of it runs: its calls by the clock are cancelled, what it waits for never comes. What it sent before may still arrive.
// L2. While it is frozen nothing of it runs either; what came meanwhile runs in order once it is thawed, before anything newer.
import type { Clock } from '../ports.ts'

export interface Life {
  readonly id: string
  /** Its own clock: wrong by `skewMs`, and silent while it is frozen. */
  readonly clock: Clock
  readonly dead: boolean
  readonly frozen: boolean
  /** Heartbeats are not heard. */
  muted: boolean
  /** Hears of nobody else. */
  blind: boolean
  /** No request arrives, no signal comes. */
  cutOff: boolean
  /** How wrong its clock is. */
  skewMs: number
  /** How long its snapshots take, at least. */
  storeMs: number
  crash(why: string): void
  /** Stops like a process that was sent SIGSTOP; the world goes on. */
  freeze(): void
  thaw(): void
  /** Runs the call in this process: now, once it is thawed, or never. */
  enter(call: () => void): void
  /** To be run at the crash. */
  atEnd(call: () => void): void
}

export function startLife(id: string, world: Clock, crashed: (why: string) => void): Life {
  const armed = new Set<() => void>()
  const endings: (() => void)[] = []
  const held: (() => void)[] = []
  let dead = false
  let frozen = false

  const enter = (call: () => void): void => {
    if (dead) return
    if (frozen || held.length > 0) held.push(call) // L2
    else call()
  }
  const runHeld = (): void => {
    world.after(0, () => {
      if (dead || frozen) return
      held.shift()?.()
      if (held.length > 0) runHeld()
    })
  }
  const after = (ms: number, call: () => void): (() => void) => {
    if (dead) return () => {}
    let cancelled = false
    const cancel = (): void => {
      cancelled = true
      armed.delete(cancel)
      cancelAtWorld()
    }
    const cancelAtWorld = world.after(ms, () => {
      armed.delete(cancel)
      enter(() => cancelled || call())
    })
    armed.add(cancel)
    return cancel
  }
  const life = {
    id,
    muted: false,
    blind: false,
    cutOff: false,
    skewMs: 0,
    storeMs: 0,
    get dead() {
      return dead
    },
    get frozen() {
      return frozen
    },
    clock: { now: () => world.now() + life.skewMs, after },
    crash: (why: string) => {
      if (dead) return
      dead = true
      for (const cancel of armed) cancel() // L1
      armed.clear()
      held.length = 0
      for (const ending of endings) ending()
      crashed(why)
    },
    freeze: () => void (frozen = true),
    thaw: () => {
      if (!frozen) return
      frozen = false
      if (held.length > 0) runHeld()
    },
    enter,
    atEnd: (call: () => void) => void endings.push(call),
  }
  return life
}
