// A finding of the chart lint: what is wrong, where, and what to do.
export type Severity = 'error' | 'warning'

export type RuleId =
  | 'unreachable-state'
  | 'dead-end'
  | 'unheard-event'
  | 'shadowed-transition'
  | 'repeated-guard'
  | 'missing-error-branch'
  | 'never-done'
  | 'zero-delay'
  | 'allow-list'

export interface Finding {
  readonly rule: RuleId
  readonly severity: Severity
  /** Id of the state, as in the chart. */
  readonly state: string
  /** Of the transition, as in the chart. */
  readonly edge?: string
  /** One sentence: what is wrong. */
  readonly what: string
  /** One sentence: what to do. */
  readonly mend: string
}

/** What a rule gives: lint.ts adds which rule it was. */
export type Found = Omit<Finding, 'rule' | 'severity'>
