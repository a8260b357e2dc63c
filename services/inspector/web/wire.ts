// Wire
// What the gateway answers, as far as the shell and the agent page read it. The gateway's own shapes are at /v1/docs.
import type { Chart } from '../../../runtime/statechart/chart.ts'
import type { Drawing } from '../chart/drawing.ts'

export type { Chart, ChartNode, ChartTransition } from '../../../runtime/statechart/chart.ts'
export type { Box, Drawing, Icon as RowIcon, Label, Line, Point, Rectangle, Row, Size } from '../chart/drawing.ts'

/** A page of a list; `next` asks for the one after it. */
export interface Rows<Row> {
  readonly rows: readonly Row[]
  readonly next?: string
}

export interface ActorRow {
  readonly actor: string
  readonly tenant: string
  readonly type: string
  readonly key: string
  readonly state: unknown
  readonly status: string
  readonly turn: number
  readonly at: number
  readonly event: string
  readonly held?: boolean
  /** Of rows of a list; what is told live has none of these. */
  readonly bornAt?: number
  readonly costUsd?: number
  readonly tokens?: number
  readonly failures?: number
  readonly restarts?: number
  /** What waits in its state; of one that stands still. */
  readonly waiting?: number
}

/** Something that somebody of the tenant has given a name. */
export interface SavedView {
  readonly name: string
  readonly tenant: string
  readonly scope: string
  readonly content: Readonly<Record<string, unknown>>
  readonly savedBy: string
  readonly savedAt: number
}

export interface Breakpoint {
  readonly id: string
  readonly on: 'state' | 'event' | 'guard'
  readonly match: string
}

/** Of an actor that somebody debugs. */
export interface Hold {
  readonly by: string
  readonly since: number
  readonly until: number
  readonly held: boolean
  readonly steps: number
  readonly breakpoints: readonly Breakpoint[]
  readonly hit?: { readonly breakpoint: string; readonly message?: string }
}

export interface Child {
  readonly kind: 'actor' | 'effect'
  readonly src: string
  readonly address: string
  /** It has ended, and nobody has been told yet. */
  readonly ended?: boolean
}

export interface AcceptedEvent {
  readonly type: string
  readonly schema?: unknown
}

export interface MachineStamp {
  readonly name: string
  readonly version: string
  readonly hash?: string
}

export interface ActorNow {
  readonly actor: string
  readonly turn: number
  readonly version: string
  readonly value: unknown
  readonly context: unknown
  readonly status: string
  readonly tags: readonly string[]
  readonly children: Readonly<Record<string, Child>>
  readonly timers: Readonly<Record<string, { readonly due: number }>>
  readonly hold?: Hold
  /** What is in its mailbox, as far as its owner tells. */
  readonly waiting?: readonly WaitingMessage[]
  readonly machine?: MachineStamp
  readonly accepts?: readonly AcceptedEvent[]
  readonly partition?: number
  readonly owner?: string
  /** It is known from the history only; `why` it could not be asked. */
  readonly gone?: boolean
  readonly why?: string
}

export interface WaitingMessage {
  readonly id: string
  readonly type: string
  readonly from?: string
  /** Of a moment of the past: the turn that took it, and when that was. */
  readonly turn?: number
  readonly at?: number
}

export interface HistoryRow {
  readonly turn: number
  readonly at: number
  readonly event: string
  readonly from?: string
  readonly state: unknown
  readonly failure?: string
  readonly worker?: string
  readonly correlation?: string
}

export interface HistoryPage {
  readonly rows: readonly HistoryRow[]
  readonly first: number
  readonly last: number
}

export interface GuardNote {
  readonly name: string
  readonly params?: unknown
  readonly result: boolean
}

export interface Trace {
  readonly machine?: MachineStamp
  readonly edges: readonly string[]
  readonly entered: readonly string[]
  readonly exited: readonly string[]
  readonly guards: readonly GuardNote[]
  readonly actions: readonly string[]
}

export interface EventSeen {
  readonly type: string
  readonly [field: string]: unknown
}

export interface Moment {
  readonly turn: number
  readonly at: number
  readonly event: EventSeen
  readonly message?: string
  readonly from?: string
  readonly value?: unknown
  readonly context?: unknown
  readonly status?: string
  readonly children?: Readonly<Record<string, Child>>
  readonly timers?: Readonly<Record<string, { readonly due: number }>>
  readonly hold?: Hold
  /** It began as a fork: of that actor, after that turn. */
  readonly fork?: { readonly of: string; readonly turn: number }
  readonly machine?: MachineStamp
  readonly trace?: Trace
  /** Messages that certainly waited then. */
  readonly mailbox?: readonly WaitingMessage[]
  readonly accepts?: readonly AcceptedEvent[]
  readonly first: number
  readonly last: number
}

/** One committed turn, as the topic of its actor tells it. */
export interface Transition {
  readonly kind?: 'transition'
  readonly actor: string
  readonly turn: number
  readonly at: number
  readonly event: string
  readonly value: unknown
  readonly status: string
  readonly changed: boolean
  readonly dead?: { readonly code: string; readonly cause: string }
  readonly held?: unknown
  readonly detail?: Trace & {
    readonly event?: EventSeen
    readonly from?: string
    readonly message?: string
    readonly correlation?: string
    readonly durationMs?: number
    readonly sends?: readonly { readonly to: string; readonly type: string }[]
  }
}

export interface LlmCall {
  readonly at: number
  /** The turn that took the answer, and the key of the effect that asked. */
  readonly turn?: number
  readonly effect?: string
  readonly offline?: boolean
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd?: number | null
  readonly latencyMs: number
  readonly finish?: string | null
}

export interface EffectRun {
  readonly key: string
  readonly src: string
  readonly startedAt: number
  readonly startedTurn?: number
  readonly endedTurn?: number
  readonly cancelled?: boolean
  readonly endedAt?: number | null
  readonly ok?: boolean | null
}

/** One effect, with what went in and what came back, as far as the log still holds it. */
export interface CallDetail extends EffectRun {
  readonly input?: unknown
  readonly output?: unknown
  readonly error?: unknown
  readonly gone?: string
}

/** One of a supervision tree, in the order of the tree. */
export interface FamilyMember {
  readonly actor: string
  readonly kind: 'actor' | 'effect'
  readonly id?: string
  readonly src?: string
  readonly parent?: string
  readonly depth: number
  readonly self?: boolean
  readonly type?: string
  readonly state?: unknown
  readonly status?: string
  readonly held?: boolean
  readonly turn?: number
  readonly at?: number
  readonly failures?: number
  readonly restarts?: number
  readonly strategy?: string
  readonly restart?: string
  readonly intensity?: { readonly restarts: number; readonly withinMs: number }
  readonly ended?: boolean
}

export interface Family {
  readonly members: readonly FamilyMember[]
  readonly isWhole: boolean
}

export interface Calls {
  readonly llm: readonly LlmCall[]
  readonly effects: readonly EffectRun[]
}

export interface Finding {
  readonly rule: string
  readonly severity: 'error' | 'warning'
  readonly state: string
  readonly edge?: string
  readonly what: string
  readonly mend: string
}

export type ChartAnswer = Chart
export type LayoutAnswer = Drawing
