// No rollups
// In the place of runtime/tally.ts and runtime/rollup.ts for the worker that the cost of rollups is compared with.
export const buckets = 0
export const rollupMs = 0
export const restMs = 0

export class Tally {
  readonly isEmpty = true
  committed(): void {}
  waited(): void {}
}

export class Rollups {
  start(): void {}
  stop(): void {}
}
