// What the gateway answers about machines, as far as the page reads it.

export interface MachineRow {
  readonly type: string
  readonly version: string
  readonly hash: string
  readonly states: number
  readonly transitions: number
  readonly findings: number
  readonly earlier: readonly MachineVersion[]
}

export interface MachineVersion {
  readonly version: string
  readonly hash: string
}

export interface StateHeat {
  readonly state: string
  readonly actors: number
  readonly active: number
  readonly visits: number
  readonly totalMs: number
  readonly p50Ms?: number
  readonly p95Ms?: number
}

export interface EdgeHeat {
  readonly edge: string
  readonly taken: number
  readonly failed: number
}

/** Without a version: one that this build does not host; without a hash: nobody knows which. */
export interface VersionCount {
  readonly hash?: string
  readonly version?: string
  readonly actors: number
  readonly active: number
}

export interface MachineHeat {
  readonly at: number
  readonly hash: string
  readonly actors: number
  readonly active: number
  readonly elsewhere: number
  readonly versions: readonly VersionCount[]
  readonly states: readonly StateHeat[]
  readonly edges: readonly EdgeHeat[]
  readonly sample: {
    readonly since: number
    readonly actors: number
    readonly turns: number
    readonly actorsMax: number
    readonly turnsMax: number
    readonly unexplained: number
  }
}

export interface Picture {
  readonly name: string
  readonly mime: string
  readonly content: string
}
