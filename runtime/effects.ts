// Effects
// Work that waits or touches the outside: started after the commit that asked for it, stopped when the machine has left the state that did.
// Which of those that wait is next, its pool decides (pool.ts).
//
// E1. One run per idempotency key in this worker; a new owner runs again what has no result in the log.
// E2. A run ends with exactly one result, or with none when it was cancelled.
// E3. Every attempt takes its place in the pool: between two of them a run holds none.
// E4. A run that its pool has no room for fails at once, and its machine hears of it.
import { refTo } from '../machines/authoring.ts'
import type { EffectContext, EffectSpec } from './define-actor.ts'
import { EffectLimitsInvalid, EffectPoolFull, EffectTimeout } from './errors.ts'
import type { EffectOrder } from './group.ts'
import type { EffectResult } from './items.ts'
import type { WorkerOptions } from './options.ts'
import { Pool, type PoolRun } from './pool.ts'
import { checkedPoolLimits } from './pool-limits.ts'
import type { Clock, Random } from './ports.ts'
import { decode } from './statechart/index.ts'
import { inEffectSpan, type Telemetry } from './telemetry.ts'

interface Run extends PoolRun {
  readonly order: EffectOrder
  readonly spec: EffectSpec<never, unknown>
  readonly room: Room
  readonly listener: EffectListener
  attempt: number
  /** Of the attempt under way: ends it now. */
  abort: ((reason: Error) => void) | undefined
}

/** A pool at work. */
interface Room {
  readonly name: string
  readonly pool: Pool<Run>
  /** The clock's call for what only time holds back. */
  wake: { readonly at: number; readonly cancel: () => void } | undefined
}

export interface EffectListener {
  finished(order: EffectOrder, result: EffectResult): void
  progressed(order: EffectOrder, value: unknown): void
}

export interface PoolFigures {
  readonly pool: string
  readonly running: number
  readonly waiting: number
  readonly oldestWaitingMs: number
}

export class Effects {
  readonly #runs = new Map<string, Run>()
  readonly #rooms = new Map<string, Room>()
  readonly #options: WorkerOptions
  readonly #clock: Clock
  readonly #random: Random
  readonly #telemetry: Telemetry
  #workers = 1
  #latest = 0
  /** How far the clock was put back in all. */
  #putBackMs = 0

  /** Throws EffectLimitsInvalid for limits that are none. */
  constructor(options: WorkerOptions, { clock, random }: { clock: Clock; random: Random }, telemetry: Telemetry) {
    this.#options = options
    this.#clock = clock
    this.#random = random
    this.#telemetry = telemetry
    for (const name of new Set([...Object.keys(options.effectsMax), ...Object.keys(options.effectKeys)])) this.#roomOf(name)
  }

  get size(): number {
    return this.#runs.size
  }

  get figures(): readonly PoolFigures[] {
    const now = this.#now()
    return [...this.#rooms.values()].map(({ name, pool }) => {
      return { pool: name, running: pool.running, waiting: pool.waiting, oldestWaitingMs: Math.max(0, now - (pool.oldestSince ?? now)) }
    })
  }

  start(order: EffectOrder, listener: EffectListener): void {
    if (this.#runs.has(order.key)) return // E1
    const run = this.#runOf(order, listener)
    if (run instanceof Error) return listener.finished(order, { ok: false, error: run })
    const { room } = run
    if (!room.pool.add(run, this.#now())) return this.#refuse(run) // E4
    this.#runs.set(order.key, run)
    this.#startNext(room)
  }

  /** Takes a run out of its queue, or aborts it; its result, should it still come, is dropped (E2). */
  cancel(key: string): void {
    const run = this.#runs.get(key)
    if (!run) return
    this.#runs.delete(key)
    if (run.abort) return run.abort(new DOMException('the actor has left the state that asked for this effect', 'AbortError'))
    run.room.pool.remove(run)
    this.#startNext(run.room)
  }

  /** How many workers are alive: each takes its part of the rates. */
  share(workers: number): void {
    if (workers === this.#workers) return
    this.#workers = workers
    for (const room of this.#rooms.values()) {
      room.pool.share(workers)
      this.#startNext(room)
    }
  }

  #runOf(order: EffectOrder, listener: EffectListener): Run | Error {
    const { actor, address, host } = order.activation
    const spec = host?.definition.effects[order.src]
    if (!spec) return new Error(`${actor} has no effect '${order.src}'`)
    const standing = standingOf(order, spec, address.tenant)
    if (standing instanceof Error) return standing
    return {
      ...standing,
      tenant: address.tenant,
      order,
      spec,
      room: this.#roomOf(spec.pool ?? 'default'),
      listener,
      attempt: 0,
      abort: undefined,
    }
  }

  #roomOf(name: string): Room {
    const known = this.#rooms.get(name)
    if (known) return known
    const room: Room = { name, pool: new Pool<Run>(checkedPoolLimits(this.#options, name)), wake: undefined }
    room.pool.share(this.#workers)
    this.#rooms.set(name, room)
    return room
  }

  #refuse({ order, tenant, room: { name, pool }, listener }: Run): void {
    this.#telemetry.effectsRefused.add(1, { pool: name })
    const error = new EffectPoolFull(
      `effect ${order.key}: ${pool.waiting} runs wait in pool '${name}', ${pool.waitingOf(tenant)} of them for tenant ${tenant}; ` +
        `the limit is ${this.#options.effectsWaitingMax}, shared out between tenants; try again later`,
    )
    listener.finished(order, { ok: false, error })
  }

  /** Starts what may start, and has the clock call when more may. */
  #startNext(room: Room): void {
    const now = this.#now()
    for (let run = room.pool.next(now); run; run = room.pool.next(now)) this.#attempt(run)
    const at = room.pool.wakesAt
    if (at === room.wake?.at) return
    room.wake?.cancel()
    room.wake = undefined
    if (at === undefined) return
    const cancel = this.#clock.after(Math.max(1, Math.ceil(at - now)), () => {
      room.wake = undefined
      this.#startNext(room)
    })
    room.wake = { at, cancel }
  }

  /** An attempt is over: its place is free, and the run has its result or rests until the next attempt. */
  #ended(run: Run, result: EffectResult): void {
    const { order, room } = run
    const now = this.#now()
    run.abort = undefined
    room.pool.settle(run, now) // E3
    const pauseMs = result.ok ? 0 : this.#pauseMs(result.error)
    if (pauseMs > 0) room.pool.close(run.key, now + pauseMs, now)
    if (this.#runs.get(order.key) === run) {
      if (!result.ok && this.#mayRetry(run, result.error)) room.pool.again(run, now + Math.max(pauseMs, this.#backoffMs(run)))
      else {
        this.#runs.delete(order.key)
        run.listener.finished(order, result)
      }
    } // else E2
    this.#startNext(room)
  }

  /** How long the provider asks to be left alone. */
  #pauseMs(error: unknown): number {
    const asked = typeof error === 'object' && error !== null && 'retryAfterMs' in error ? error.retryAfterMs : 0
    return typeof asked === 'number' && asked > 0 ? Math.min(asked, this.#options.effectPauseMsMax) : 0
  }

  #mayRetry({ order, spec: { attemptsMax = 1, retryable = () => true }, attempt }: Run, error: unknown): boolean {
    try {
      return attempt < attemptsMax && retryable(error)
    } catch (cause) {
      this.#telemetry.log.warn({ effect: order.key, src: order.src, error: cause }, 'the policy of an effect threw: it is not tried again')
      return false
    }
  }

  #backoffMs({ spec: { backoffMs = 200, backoffFactor = 2, jitter = 0.2 }, attempt }: Run): number {
    return backoffMs * backoffFactor ** (attempt - 1) * (1 + jitter * this.#random.next())
  }

  /** One run of the effect's function. It is over with its result, its timeout or its cancellation; what comes later is dropped. */
  #attempt(run: Run): void {
    const { order, spec, listener } = run
    const timeoutMs = spec.timeoutMs ?? this.#options.effectTimeoutMs
    const abortion = new Abortion()
    let cancelTimeout = (): void => {}
    const end = (result: EffectResult): void => {
      if (run.abort !== abort) return
      cancelTimeout()
      this.#ended(run, result)
    }
    const abort = (reason: Error): void => {
      end({ ok: false, error: reason })
      abortion.abort(reason)
    }
    const heartbeat = (): void => {
      if (run.abort !== abort) return
      cancelTimeout()
      cancelTimeout = this.#clock.after(timeoutMs, () =>
        abort(new EffectTimeout(`effect ${order.key}: no result and no heartbeat for ${timeoutMs} ms`)),
      )
    }
    run.abort = abort
    const attempt = ++run.attempt
    heartbeat()
    const context: EffectContext<unknown> = {
      input: inputOf(order),
      get signal() {
        return abortion.signal
      },
      idempotencyKey: order.key,
      attempt,
      actor: order.activation.actor,
      correlation: order.correlation,
      progress: (value) => listener.progressed(order, value),
      heartbeat,
    }
    inEffectSpan(this.#telemetry, order, attempt, () => spec.run(context as EffectContext<never>)).then(
      (output) => end({ ok: true, output }),
      (error: unknown) => end({ ok: false, error }),
    )
  }

  /** The port's time, but never backwards: pools rely on it. */
  #now(): number {
    const now = this.#clock.now() + this.#putBackMs
    this.#putBackMs += Math.max(0, this.#latest - now)
    this.#latest = Math.max(this.#latest, now)
    return this.#latest
  }
}

const inputOf = (order: EffectOrder): unknown => decode(order.input, (address) => refTo(address))

/** Where a run stands in its pool: what its policy says of this input. */
function standingOf(order: EffectOrder, spec: EffectSpec<never, unknown>, tenant: string): { key: string; priority: number } | Error {
  if (!spec.key && !spec.priority) return { key: tenant, priority: 0 }
  const what = `effect ${order.key}: the key or priority of '${order.src}'`
  try {
    const input = inputOf(order) as never
    const key: unknown = spec.key ? spec.key(input, tenant) : tenant
    const priority: unknown = spec.priority ? spec.priority(input) : 0
    if (typeof key === 'string' && typeof priority === 'number' && !Number.isNaN(priority)) return { key, priority }
    return new EffectLimitsInvalid(`${what} is a ${typeof key} or ${typeof priority}, not a string and a number; mend its policy`)
  } catch (cause) {
    return new EffectLimitsInvalid(`${what} could not be computed from its input; mend its policy`, { cause })
  }
}

/** An abort signal that is made only for an effect that looks at it: most are over before anybody would. */
class Abortion {
  #control: AbortController | undefined
  #reason: Error | undefined

  get signal(): AbortSignal {
    this.#control ??= new AbortController()
    if (this.#reason) this.#control.abort(this.#reason)
    return this.#control.signal
  }

  abort(reason: Error): void {
    this.#reason = reason
    this.#control?.abort(reason)
  }
}
