// Budget
// What travels between a tenant's budgets, those who spend and those who set limits: plain shapes, known to clients as well.
import { actorId, type ActorId } from './address.ts'

/** The actor type that keeps a tenant's budgets, and its one key. */
export const budgetType = 'budget'
export const budgetKey = 'main'
export const budgetsOf = (tenant: string): ActorId => actorId(tenant, budgetType, budgetKey)

export const budgetLimits = {
  /** Scopes with a budget, the tenant's own three counters among them. */
  budgetsMax: 300,
  /** Reservations that are not settled. */
  openMax: 2_000,
  /** Reservations that have ended and are still known by their id. */
  endedMax: 500,
  idCharactersMax: 128,
  nameCharactersMax: 256,
  usdMax: 1_000_000,
  /** A reservation that nobody has settled by then counts as spent. */
  reservationMs: 900_000,
  /** How long a settlement may still correct what had expired. */
  correctionMs: 86_400_000,
  /** Reservations that expire in one turn: the rest follows in the next one. */
  expireBatchMax: 200,
} as const

/** What a budget is for: all of the tenant, an agent, or everything that one task and its parts cost. */
export type BudgetScope = 'tenant' | `agent:${string}` | `run:${string}`
export const budgetPeriods = ['day', 'month', 'total'] as const
export type BudgetPeriod = (typeof budgetPeriods)[number]

/** One budget: a scope may have one of each period. */
export interface BudgetName {
  readonly scope: BudgetScope
  readonly per: BudgetPeriod
}

export const budgetText = ({ scope, per }: BudgetName): string => (per === 'total' ? `${scope} in all` : `${scope} per ${per}`)

/** Sets a limit, or another one; what was counted stays. A limit of 0 refuses every call that costs anything. */
export interface BudgetSet extends BudgetName {
  readonly type: 'budget.set'
  readonly usd: number
  /** Where days and months begin; default UTC. */
  readonly timeZone?: string
}

/** How large a model call may get: what it may cost is worked out from this. */
export interface CallSize {
  /** Absent: the model the worker is set to. */
  readonly model?: string | undefined
  readonly inputTokens: number
  /** What the model is limited to. */
  readonly outputTokens: number
}

/** What a call of this size may cost at most, in US dollars. */
export type CallPricer = (call: CallSize) => number

/** Asks to spend: before the call. `usd`, or the `call` from which it is worked out. */
export interface BudgetReserve {
  readonly type: 'budget.reserve'
  readonly id: string
  readonly agent: string
  /** The task that all of this is for, by its key. */
  readonly run: string
  readonly usd?: number
  readonly call?: CallSize
}

/** Says what it has cost: after the call. Without `usd` nobody knows, and what was reserved counts. */
export interface BudgetSettle {
  readonly type: 'budget.settle'
  readonly id: string
  readonly usd?: number
}

/** The call was never made. */
export interface BudgetRelease {
  readonly type: 'budget.release'
  readonly id: string
}

export type BudgetEvent =
  | BudgetSet
  /** Without `per`: every budget of the scope. What the tenant spends is counted on without a limit. */
  | { readonly type: 'budget.remove'; readonly scope: BudgetScope; readonly per?: BudgetPeriod }
  /** What is spent counts from 0 again; what is reserved stays. Without `per`: every budget of the scope that has a limit. */
  | { readonly type: 'budget.reset'; readonly scope: BudgetScope; readonly per?: BudgetPeriod }
  | { readonly type: 'budget.read' }
  | BudgetReserve
  | BudgetSettle
  | BudgetRelease
  | { readonly type: 'cancel'; readonly reason?: string }
  /** Its own timer. */
  | { readonly type: 'budget.expire' }

export interface BudgetReserved {
  readonly type: 'budget.reserved'
  readonly id: string
  readonly usd: number
}

/** Why budgets refuse: the codes of their answers. */
export const budgetRefusals = {
  exceeded: 'TR_BUDGET_EXCEEDED',
  invalid: 'TR_BUDGET_INVALID',
  full: 'TR_BUDGET_FULL',
  notSet: 'TR_BUDGET_NOT_SET',
  reservationUnknown: 'TR_RESERVATION_UNKNOWN',
  reservationEnded: 'TR_RESERVATION_ENDED',
} as const

export interface BudgetFault {
  readonly code: (typeof budgetRefusals)[keyof typeof budgetRefusals]
  /** For people. */
  readonly reason: string
}

/** The first budget that has not enough left. */
export interface Exceeded extends BudgetName {
  readonly limitUsd: number
  readonly spentUsd: number
  readonly reservedUsd: number
  readonly askedUsd: number
  /** When the count begins again, epoch milliseconds; absent: never by itself. */
  readonly resetsAt?: number
}

export type BudgetRefused = { readonly type: 'budget.refused'; readonly id: string } & BudgetFault & { readonly exceeded?: Exceeded }

/** A budget as it is enforced: nothing else is kept of it. */
export interface BudgetView extends BudgetName {
  /** Absent: counted only. */
  readonly limitUsd?: number
  readonly spentUsd: number
  readonly reservedUsd: number
  /** The limit less what is spent and reserved; below 0 when calls have cost more than they had reserved. */
  readonly leftUsd?: number
  readonly resetsAt?: number
  readonly timeZone?: string
  /** The period before: what was reserved in it is settled in it. */
  readonly before?: { readonly spentUsd: number; readonly reservedUsd: number; readonly endedAt: number }
}

/** What `budget.read` is answered with. */
export interface BudgetsRead {
  readonly ok: true
  readonly budgets: readonly BudgetView[]
  /** Reservations that are neither settled nor expired. */
  readonly open: number
  /** Those that nobody settled in time and that still may be. */
  readonly expired: number
}

/** What everything else is answered with; `budgets` are those that were changed. */
export type BudgetReply =
  | { readonly ok: true; readonly budgets?: readonly BudgetView[]; readonly repeated?: true }
  | ({ readonly ok: false } & BudgetFault)

export type BudgetFact =
  | ({ readonly type: 'budget.changed'; readonly limitUsd: number } & BudgetName)
  | ({ readonly type: 'budget.removed' } & BudgetName)
  | ({ readonly type: 'budget.reset'; readonly spentUsd: number } & BudgetName)
  | ({ readonly type: 'budget.exceeded'; readonly id: string; readonly agent: string; readonly run: string } & Exceeded)
  /** Nobody said what it has cost: counted as it was reserved. */
  | { readonly type: 'budget.expired'; readonly id: string; readonly usd: number }
