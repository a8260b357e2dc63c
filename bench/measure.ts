// Measuring: so many calls, so many of them in flight, and what came of it.

export interface Figure {
  readonly bench: string
  readonly profile: string
  readonly inFlight: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** To the raw limit that `to` names, measured in the same run; for a latency figure the ratio of the medians. */
  readonly ratio?: number
  readonly to?: string
  readonly [more: string]: unknown
}

export interface Load {
  readonly count: number
  readonly inFlight: number
  readonly call: (index: number) => Promise<unknown>
}

/** Runs a closed loop: `inFlight` callers, each with its next call when the one before is answered. */
export async function measure({ count, inFlight, call }: Load): Promise<{ perSecond: number; p50Ms: number; p99Ms: number }> {
  const latencies = new Float64Array(count)
  let next = 0
  const caller = async (): Promise<void> => {
    while (next < count) {
      const index = next++
      const started = performance.now()
      await call(index)
      latencies[index] = performance.now() - started
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, caller))
  const seconds = (performance.now() - started) / 1000
  latencies.sort()
  return {
    perSecond: Math.round(count / seconds),
    p50Ms: rounded(latencies[Math.floor(count * 0.5)]),
    p99Ms: rounded(latencies[Math.floor(count * 0.99)]),
  }
}

export const rounded = (value = 0): number => Math.round(value * 1000) / 1000
export const ratioOf = (value: number, limit: number): number => Math.round((value / limit) * 100) / 100
