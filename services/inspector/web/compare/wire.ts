// Wire
// What the gateway's routes of comparisons answer, as far as this page reads it.
import type { Chart, Drawing } from '../wire.ts'

export interface Version {
  readonly version: string
  readonly hash: string
}

export type PartKind = 'state' | 'transition'

/** A state or transition that only one version has, or that differs. */
export interface Difference {
  readonly id: string
  readonly kind: PartKind
  readonly title: string
  readonly tone: 'added' | 'removed' | 'changed'
  readonly changes: readonly { readonly what: string; readonly a: string; readonly b: string }[]
}

interface Merged {
  readonly chart: Chart
  readonly layout: Drawing
  readonly differences: readonly Difference[]
  readonly counts: Readonly<Record<'added' | 'removed' | 'changed' | 'same', number>>
}

export interface MachineComparison extends Merged {
  readonly type: string
  readonly from: Version
  readonly to: Version
  readonly versions: readonly Version[]
}

export interface Stats {
  readonly visits: number
  readonly ms: number
  readonly calls: number
  readonly tokens: number
  readonly costUsd: number
  readonly failures: number
}

export interface RunPart {
  readonly id: string
  readonly kind: PartKind
  readonly title: string
  readonly a: Stats
  readonly b: Stats
  readonly who: 'only-a' | 'only-b' | 'both'
}

export interface RunSummary {
  readonly actor: string
  readonly after: number
  readonly to: number
  readonly isCut: boolean
  readonly value: unknown
  readonly status: string
  readonly version: string
  readonly hash: string
  readonly isForeign: boolean
  readonly untold?: string
  readonly total: Stats & { readonly turns: number; readonly told: number }
}

export interface RunComparison extends Merged {
  readonly type: string
  readonly a: RunSummary
  readonly b: RunSummary
  readonly relation: { readonly kind: 'a-of-b' | 'b-of-a' | 'siblings' | 'none'; readonly diverged?: string }
  readonly parting: {
    readonly alike: number
    readonly sentence: string
    readonly divergence?: { readonly a?: { readonly turn: number }; readonly b?: { readonly turn: number } }
  }
  readonly parts: readonly RunPart[]
  readonly context: { readonly rows: readonly ContextRow[]; readonly more: number }
}

export interface ContextRow {
  readonly path: string
  readonly a?: string
  readonly b?: string
}
