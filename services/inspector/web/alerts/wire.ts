/** What somebody should look at. */
export interface Alert {
  readonly id: string
  readonly severity: string
  readonly kind: string
  readonly title: string
  readonly detail: string
  readonly actor?: string
  /** Where the page shows what it is about. */
  readonly link?: string
  readonly since: number
}
