// Effects
// Work that waits or touches the outside: started after the commit that asked for it, stopped when the machine has left the state that did.
//
// E1. One run per idempotency key in this worker; a new owner runs again what has no result in the log.
// E2. A run ends with exactly one result, or with none when it was cancelled.
// E3. At most the pool's limit run at once; the others wait in order.
import type { EffectContext, EffectSpec } from './define-actor.ts'
import { EffectTimeout } from './errors.ts'
import type { EffectOrder } from './group.ts'
import type { EffectResult } from './items.ts'
import type { WorkerOptions } from './options.ts'
import type { Clock, Random } from './ports.ts'
import { decode } from './statechart/index.ts'
import { refTo } from '../machines/authoring.ts'
import { inEffectSpan, type Telemetry } from './telemetry.ts'

interface Run {
  readonly order: EffectOrder
  readonly spec: EffectSpec<never, unknown>
  readonly control: AbortController
  readonly pool: string
  readonly finished: (result: EffectResult) => void
  readonly progressed: (value: unknown) => void
}

export interface EffectListener {
  finished(order: EffectOrder, result: EffectResult): void
  progressed(order: EffectOrder, value: unknown): void
}

export class Effects {
  readonly #runs = new Map<string, Run>()
  readonly #waiting = new Map<string, Run[]>()
  readonly #running = new Map<string, number>()
  readonly #options: WorkerOptions
  readonly #clock: Clock
  readonly #random: Random
  readonly #telemetry: Telemetry

  constructor(options: WorkerOptions, { clock, random }: { clock: Clock; random: Random }, telemetry: Telemetry) {
    this.#options = options
    this.#clock = clock
    this.#random = random
    this.#telemetry = telemetry
  }

  get size(): number {
    return this.#runs.size
  }

  start(order: EffectOrder, listener: EffectListener): void {
    if (this.#runs.has(order.key)) return // E1
    const spec = order.activation.host?.definition.effects[order.src]
    if (!spec) return listener.finished(order, { ok: false, error: new Error(`${order.activation.actor} has no effect '${order.src}'`) })
    const run: Run = {
      order,
      spec,
      control: new AbortController(),
      pool: spec.pool ?? 'default',
      finished: (result) => listener.finished(order, result),
      progressed: (value) => listener.progressed(order, value),
    }
    this.#runs.set(order.key, run)
    const { pool } = run
    if ((this.#running.get(pool) ?? 0) < this.#limitOf(pool)) this.#launch(run)
    else this.#waiting.set(pool, [...(this.#waiting.get(pool) ?? []), run]) // E3
  }

  /** Aborts a run; its result, should it still come, is dropped (E2). */
  cancel(key: string): void {
    const run = this.#runs.get(key)
    if (!run) return
    this.#runs.delete(key)
    run.control.abort(new DOMException('the actor has left the state that asked for this effect', 'AbortError'))
  }

  #limitOf(pool: string): number {
    return this.#options.effectsMax[pool] ?? this.#options.effectsMax['default'] ?? 1
  }

  #launch(run: Run): void {
    this.#running.set(run.pool, (this.#running.get(run.pool) ?? 0) + 1)
    void this.#attempts(run).then((result) => {
      this.#running.set(run.pool, (this.#running.get(run.pool) ?? 1) - 1)
      this.#launchNext(run.pool)
      if (this.#runs.get(run.order.key) !== run) return // E2
      this.#runs.delete(run.order.key)
      run.finished(result)
    })
  }

  #launchNext(pool: string): void {
    const waiting = this.#waiting.get(pool)
    for (let next = waiting?.shift(); next; next = waiting?.shift()) if (!next.control.signal.aborted) return this.#launch(next)
  }

  async #attempts(run: Run): Promise<EffectResult> {
    const { attemptsMax = 1, backoffMs = 200, backoffFactor = 2, jitter = 0.2, retryable = () => true } = run.spec
    for (let attempt = 1; ; attempt++) {
      const result = await this.#attempt(run, attempt)
      if (result.ok || attempt >= attemptsMax || run.control.signal.aborted || !retryable(result.error)) return result
      const waitMs = backoffMs * backoffFactor ** (attempt - 1) * (1 + jitter * this.#random.next())
      await this.#pause(waitMs, run.control.signal)
    }
  }

  async #attempt(run: Run, attempt: number): Promise<EffectResult> {
    const { order, spec, control } = run
    const timeoutMs = spec.timeoutMs ?? this.#options.effectTimeoutMs
    const watch = new AbortController()
    let cancelTimeout = (): void => {}
    const heartbeat = (): void => {
      cancelTimeout()
      cancelTimeout = this.#clock.after(timeoutMs, () =>
        watch.abort(new EffectTimeout(`effect ${order.key}: no result and no heartbeat for ${timeoutMs} ms`)),
      )
    }
    heartbeat()
    const signal = AbortSignal.any([control.signal, watch.signal])
    const context: EffectContext<unknown> = {
      input: decode(order.input, (address) => refTo(address)),
      signal,
      idempotencyKey: order.key,
      attempt,
      actor: order.activation.actor,
      correlation: order.correlation,
      progress: run.progressed,
      heartbeat,
    }
    try {
      const work = inEffectSpan(this.#telemetry, order, attempt, () => spec.run(context as EffectContext<never>))
      return { ok: true, output: await Promise.race([work, rejectedBy(signal)]) } // an effect that ignores its signal is left behind, its result dropped
    } catch (error) {
      return { ok: false, error: watch.signal.aborted ? watch.signal.reason : error }
    } finally {
      cancelTimeout()
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve)
      signal.addEventListener('abort', () => (cancel(), resolve()), { once: true })
    })
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
}
