// Life
// One worker process of the simulation, from its start to its crash, and what befalls it meanwhile.
//
// L1. After the crash nothing of it runs: its calls by the clock are cancelled, what it waits for never comes.
import type { Clock } from '../../runtime/ports.ts'

export interface Life {
  readonly id: string
  readonly clock: Clock
  readonly dead: boolean
  /** Heartbeats are not heard. */
  muted: boolean
  /** Hears of nobody else. */
  blind: boolean
  /** No request arrives, no signal comes. */
  cutOff: boolean
  /** How wrong its clock is. */
  skewMs: number
  crash(why: string): void
  /** To be run at the crash. */
  atEnd(call: () => void): void
}

export function startLife(id: string, world: Clock, crashed: (why: string) => void): Life {
  const armed = new Set<() => void>()
  const endings: (() => void)[] = []
  let dead = false
  const life = {
    id,
    muted: false,
    blind: false,
    cutOff: false,
    skewMs: 0,
    get dead() {
      return dead
    },
    clock: {
      now: () => world.now() + life.skewMs,
      after: (ms: number, call: () => void) => {
        if (dead) return () => {}
        const cancel = world.after(ms, () => {
          armed.delete(cancel)
          call()
        })
        armed.add(cancel)
        return () => {
          armed.delete(cancel)
          cancel()
        }
      },
    },
    crash: (why: string) => {
      if (dead) return
      dead = true
      for (const cancel of armed) cancel() // L1
      armed.clear()
      for (const ending of endings) ending()
      crashed(why)
    },
    atEnd: (call: () => void) => void endings.push(call),
  }
  return life
}
