// Skills
// What travels between the skills of a tenant, those who publish them and the registry: plain shapes and limits.
import { actorId, type ActorId } from './address.ts'

/** The actor type of skills: one actor a tenant, under the key `main`. */
export const skillsType = 'skills'
export const skillsOf = (tenant: string): ActorId => actorId(tenant, skillsType, 'main')

export const skillLimits = {
  skillsMax: 500,
  /** Of all skills as JSON. */
  skillsBytesMax: 448 * 1024,
  instructionsCharsMax: 4_000,
  textCharsMax: 500,
  toolsMax: 16,
  pageMax: 200,
} as const

/** What an agent learns from it. A version once published never changes. */
export interface Skill {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly instructions: string
  readonly tools: readonly string[]
}

/** `name@version`. */
export const skillRef = ({ name, version }: Pick<Skill, 'name' | 'version'>): string => `${name}@${version}`

export type SkillCommand =
  | { readonly type: 'skill.set'; readonly skill: unknown }
  | { readonly type: 'skill.remove'; readonly skill: string }
  | { readonly type: 'skill.describe'; readonly skill: string }
  | { readonly type: 'skills.list'; readonly after?: string; readonly limit?: number }

/** A bucket of the registry says which skills its agents use, all of them each time; with `ask`, it wants to know these. */
export interface SkillsUse {
  readonly type: 'skills.use'
  readonly uses: readonly string[]
  readonly ask?: { readonly batch: string; readonly skills: readonly string[] }
}

/** What the bucket gets: those that there are. */
export interface SkillsFound {
  readonly type: 'skills.found'
  readonly batch: string
  readonly skills: Readonly<Record<string, Pick<Skill, 'instructions' | 'tools'>>>
}

/** Why a skill is refused: the codes of the answers. */
export const skillRefusals = {
  invalid: 'TR_SKILL_INVALID',
  taken: 'TR_SKILL_VERSION_TAKEN',
  unknown: 'TR_SKILL_UNKNOWN',
  inUse: 'TR_SKILL_IN_USE',
  full: 'TR_SKILLS_FULL',
} as const

export interface SkillRefused {
  readonly ok: false
  readonly code: (typeof skillRefusals)[keyof typeof skillRefusals]
  readonly reason: string
  readonly faults?: readonly string[]
}
export type SkillAnswer = { readonly ok: true; readonly skill: string; readonly changed: boolean } | SkillRefused
export type SkillDescription = ({ readonly ok: true; readonly inUse: boolean } & Skill) | SkillRefused

export interface SkillsPage {
  readonly ok: true
  readonly skills: readonly {
    readonly skill: string
    readonly description: string
    readonly tools: readonly string[]
    readonly inUse: boolean
  }[]
  /** Give it as `after` for the page behind this one. */
  readonly next?: string
}

export type SkillFact = { readonly type: 'skill.published' | 'skill.removed'; readonly skill: string }
