// Policy plan
// What a step does to the modes of a tenant's policies, as a pure function: the database writes it, the coordinator is told of it.
//
// V1. Exactly one version is live; at most one is the canary, at most one the shadow, and no version is two of them.
// V2. A step changes modes only: what a version says never changes.
// V3. Going back takes the version that was live before, never one that was rolled back itself.
import { PolicyChanged, PolicyStepRefused, PolicyUnknown } from './errors.ts'

export const policyModes = ['draft', 'shadow', 'canary', 'live', 'retired', 'rolled-back'] as const
export type PolicyMode = (typeof policyModes)[number]

export interface RegisteredPolicy {
  readonly version: string
  readonly mode: PolicyMode
  /** Of a canary. */
  readonly share: number | undefined
  /** As it was read from a file; checked again when it is used. */
  readonly config: unknown
  readonly note: string | undefined
  readonly createdAt: Date
  readonly createdBy: string
  readonly activatedAt: Date | undefined
  readonly estimate: unknown
}

/** The policies of a tenant, the oldest first. */
export interface Register {
  readonly tenant: string
  readonly revision: number
  /** The revision that the coordinator is known to have; below `revision`: not confirmed. */
  readonly confirmed: number
  /** What this revision is called to the coordinator, which takes none with a lower number: it grows even over a restored database. */
  readonly number: number
  readonly policies: readonly RegisteredPolicy[]
}

export const isConfirmed = ({ revision, confirmed }: Pick<Register, 'revision' | 'confirmed'>): boolean => confirmed === revision

export type PolicyStep =
  | { readonly action: 'shadow' | 'retire'; readonly version: string }
  /** `over`: the live version it was judged against. */
  | { readonly action: 'promote'; readonly version: string; readonly over?: string }
  | { readonly action: 'canary'; readonly version: string; readonly share: number }
  | { readonly action: 'rollback' }

export interface ModeChange {
  readonly version: string
  readonly mode: PolicyMode
  readonly share?: number
}

export interface Plan {
  /** The version the step is about; of a rollback, the one that is live afterwards. */
  readonly version: string
  readonly changes: readonly ModeChange[]
}

/** The changes a step makes. Throws `PolicyUnknown` and `PolicyStepRefused`. */
export function planStep(register: Register, step: PolicyStep): Plan {
  if (step.action === 'rollback') return rollback(register)
  const policy = policyNamed(register, step.version)
  const { version } = step
  if (policy.mode === 'live') throw new PolicyStepRefused(refusedOf(register, step, 'it is live; promote another one, or roll back'))
  switch (step.action) {
    case 'shadow':
      return { version, changes: [...leaving(register, 'shadow', version, 'draft'), { version, mode: 'shadow' }] }
    case 'canary':
      return { version, changes: [...leaving(register, 'canary', version, 'draft'), { version, mode: 'canary', share: step.share }] }
    case 'promote':
      if (step.over !== undefined && policyIn(register, 'live')?.version !== step.over)
        throw new PolicyChanged(refusedOf(register, step, `it was judged against ${step.over}, which is no longer live; evaluate it again`))
      return { version, changes: [...leaving(register, 'live', version, 'retired'), { version, mode: 'live' }] } // V1
    case 'retire':
      if (policy.mode === 'retired' || policy.mode === 'rolled-back')
        throw new PolicyStepRefused(refusedOf(register, step, `it is ${policy.mode} already`)) // V3: a version rolled back stays one
      return { version, changes: [{ version, mode: 'retired' }] }
  }
}

/** The changes that bring the modes back to what they were. */
export const planBack = (before: readonly ModeChange[], version: string): Plan => ({ version, changes: before })

/** The modes of the versions a plan changes, as they are now. */
export const modesBefore = ({ policies }: Register, { changes }: Plan): readonly ModeChange[] =>
  changes.flatMap(({ version }) =>
    policies
      .filter((policy) => policy.version === version)
      .map(({ mode, share }) => ({ version, mode, ...(share !== undefined && { share }) })),
  )

/** Throws `PolicyUnknown`. */
export function policyNamed({ tenant, policies }: Register, version: string): RegisteredPolicy {
  const found = policies.find((policy) => policy.version === version)
  if (found) return found
  const known = policies.map((policy) => policy.version).join(', ')
  throw new PolicyUnknown(`policy ${version} of tenant ${tenant}: there is no such version; there are ${known || 'none'}`)
}

export const policyIn = ({ policies }: Register, mode: 'live' | 'canary' | 'shadow'): RegisteredPolicy | undefined =>
  policies.find((policy) => policy.mode === mode)

/** V3. */
function rollback(register: Register): Plan {
  const live = policyIn(register, 'live')
  const former = register.policies
    .filter(({ mode, activatedAt }) => mode === 'retired' && activatedAt !== undefined)
    .toSorted((one, other) => (other.activatedAt?.getTime() ?? 0) - (one.activatedAt?.getTime() ?? 0))[0]
  if (!live || !former)
    throw new PolicyStepRefused(`policies of tenant ${register.tenant}: rolling back: no other version was live before; promote one`)
  return {
    version: former.version,
    changes: [
      { version: live.version, mode: 'rolled-back' },
      { version: former.version, mode: 'live' },
    ],
  }
}

/** V1. Whoever has the mode gives it up to another version. */
const leaving = ({ policies }: Register, mode: PolicyMode, to: string, becomes: PolicyMode): readonly ModeChange[] =>
  policies.filter((policy) => policy.mode === mode && policy.version !== to).map(({ version }) => ({ version, mode: becomes }))

const refusedOf = ({ tenant }: Register, { action, version }: { readonly action: string; readonly version: string }, why: string): string =>
  `policy ${version} of tenant ${tenant}: ${action}: ${why}`
