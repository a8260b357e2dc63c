// Wire
// What the gateway tells of dead letters, as far as the page reads it.

export interface LetterRow {
  readonly id: string
  readonly tenant: string
  readonly actor: string
  readonly message: string
  readonly event: string
  readonly code: string
  readonly cause: string
  readonly group: string
  readonly at: number
  readonly redriven: boolean
}

export interface WholeLetter extends LetterRow {
  readonly content: unknown
  readonly sender?: string
  readonly stack?: string
  readonly raw?: string
  readonly correlation?: string
  readonly kept: boolean
  readonly redrives: readonly { readonly message: string; readonly by: string; readonly at: number }[]
  readonly fault?: string
}

export interface LetterGroup {
  readonly id: string
  readonly code: string
  readonly type: string
  readonly event: string
  readonly cause: string
  readonly sample: string
  readonly count: number
  readonly open: number
  readonly actors: number
  readonly firstAt: number
  readonly lastAt: number
}

export interface Groups {
  readonly rows: readonly LetterGroup[]
  readonly of: number
}

export interface Rehearsed {
  readonly ok: boolean
  readonly would?: {
    readonly handled: boolean
    readonly parked?: boolean
    readonly from: unknown
    readonly to: unknown
    readonly status: string
    readonly sends: readonly { readonly to: string; readonly type: string }[]
    readonly effects: readonly { readonly src: string }[]
    readonly emits: readonly string[]
  }
  readonly error?: { readonly code: string; readonly message: string }
}

export interface Redriven {
  readonly redriven: readonly { readonly id: string; readonly message: string }[]
  readonly skipped: readonly { readonly id: string; readonly why: string }[]
  readonly left: number
}
