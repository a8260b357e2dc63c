// Run
// What is known of one actor's turns when they are compared: plain data, made by load-run.ts.
import type { Chart } from '../../../runtime/statechart/index.ts'

export interface RunGuard {
  readonly name: string
  readonly params?: unknown
  readonly result: boolean
}

/** What happened inside a turn, as far as this build can tell. */
export interface InsideTurn {
  readonly edges: readonly string[]
  readonly entered: readonly string[]
  readonly guards: readonly RunGuard[]
}

export interface RunTurn {
  readonly turn: number
  /** Epoch ms. */
  readonly at: number
  readonly event: string
  /** The state value after it. */
  readonly value: unknown
  /** The code of the dead letter. */
  readonly failure?: string
  readonly inside?: InsideTurn
  /** Of the context after it; equal contexts have equal digests. */
  readonly context?: string
}

/** A call of a model that one of the turns told. */
export interface RunCall {
  readonly turn: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd: number
}

export interface Run {
  readonly chart: Chart
  /** Where it begins: what the actor was before the first of the turns; undefined: it was born in it. */
  readonly start?: { readonly at: number; readonly value: unknown }
  /** In order. */
  readonly turns: readonly RunTurn[]
  readonly calls: readonly RunCall[]
}
