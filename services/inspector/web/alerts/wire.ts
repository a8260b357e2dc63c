// Wire
// What the gateway tells of alerts, as far as the page reads it.

/** What somebody should look at. */
export interface Alert {
  readonly id: string
  readonly severity: string
  readonly kind: string
  readonly title: string
  readonly detail: string
  readonly actor?: string
  /** Of the actor: the moment it is about. */
  readonly turn?: number
  readonly tenant?: string
  /** Where the page shows what it is about. */
  readonly link?: string
  readonly since: number
  readonly muted?: Mute
}

export interface EndedAlert extends Alert {
  readonly endedAt: number
}

export interface Mute {
  readonly id: string
  /** The id of an alert, or the kind of a rule. */
  readonly target: string
  /** Absent: it is for everybody. */
  readonly tenant?: string
  readonly reason: string
  readonly by: string
  readonly at: number
  readonly until: number
}

export type RuleUnit = 'count' | 'ms' | 'share' | 'usd'

export interface Rule {
  readonly kind: string
  readonly title: string
  readonly enabled: boolean
  /** Absent: it goes by no figure. */
  readonly unit?: RuleUnit
  readonly threshold?: number
  readonly thresholdDefault?: number
  readonly min?: number
  readonly max?: number
  readonly forMs: number
  readonly forMsDefault: number
  readonly ofFleet: boolean
  readonly changed?: { readonly at: number; readonly by: string }
  readonly firing: number
}
