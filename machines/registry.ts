// Registry
// What travels between the registry of a tenant's agents, those who define them and the coordinator: plain shapes and limits, known to clients as well.
import { actorId, partitionOf, type ActorId } from './address.ts'
import type { CostClass, Expectation } from './selection/types.ts'
import type { TaskType } from './task-events.ts'

/** The actor type of the registry: one actor a bucket. */
export const registryType = 'registry'
/** An agent's bucket follows from its name. Never changed: an agent would be looked for where it is not. */
export const registryBuckets = 32

export const registryLimits = {
  agentsMax: 400,
  /** Of the definitions of one bucket as JSON. */
  agentsBytesMax: 448 * 1024,
  /** Of one `agents.define` as JSON, and of all that wait in one bucket. */
  callBytesMax: 96 * 1024,
  waitingBytesMax: 192 * 1024,
  /** Items of one `agents.define`. */
  itemsMax: 200,
  /** Faults told of one item; the others are counted. */
  faultsMax: 20,
  modelsMax: 8,
  skillsMax: 16,
  toolsMax: 32,
  namesMax: 64,
  approachMax: 20,
  textCharsMax: 1_000,
  instructionsCharsMax: 8_000,
  /** Instructions and approach of an agent with those of its skills: a coordinator takes no larger arm than 16,000 characters. */
  programCharsMax: 12_000,
  trialsMax: 50,
  /** Characters of all programs that one turn may send to the coordinator: what a turn sends fits one record. */
  chunkCharsMax: 120_000,
  /** The skills must have answered by then. */
  skillsMs: 30_000,
} as const

/** The bucket of an agent: the key of its registry actor. */
export const bucketOf = (agent: string): string => String(partitionOf({ tenant: '', type: '', key: agent }, registryBuckets))
export const registryOf = (tenant: string, agent: string): ActorId => actorId(tenant, registryType, bucketOf(agent))

/** An agent as people write it: what it leaves out comes from its kind. */
export interface AgentSpec {
  readonly name: string
  /** The kind of the roster whose machine and effects it uses. */
  readonly kind: string
  /** Of what it does; left out, it is `r<revision>`. */
  readonly version?: string
  readonly description?: string
  readonly owner?: string
  readonly instructions?: string
  readonly approach?: readonly string[]
  readonly tools?: readonly string[]
  readonly taskTypes?: readonly TaskType[]
  readonly capabilities?: readonly string[]
  /** One card each; none: the model its worker is set to. */
  readonly models?: readonly string[]
  /** As `name@version`. */
  readonly skills?: readonly string[]
  readonly costClass?: CostClass
  readonly expects?: Expectation
  /** The version whose outcomes count as this one's prior; left out, it is the version before. */
  readonly follows?: string
}

/** A spec with what its kind says filled in. */
export type AgentDefinition = Omit<AgentSpec, 'version'> &
  Required<Pick<AgentSpec, 'version' | 'instructions' | 'approach' | 'tools' | 'taskTypes' | 'capabilities' | 'models' | 'skills'>>

export type AgentStatus = 'active' | 'disabled' | 'retired'

/** One arm of an agent, as far as the coordinator has said. */
export interface CardState {
  readonly model?: string
  readonly state: 'asked' | 'selectable' | 'refused'
  readonly code?: string
  readonly reason?: string
}

export interface AgentRecord {
  readonly status: AgentStatus
  /** Counts what was changed about the agent, from 1. */
  readonly revision: number
  readonly definition: AgentDefinition
  readonly updatedAt: number
  /** Empty unless it is active. */
  readonly cards: readonly CardState[]
}

/** A kind of the roster, as far as the registry needs it. */
export interface KnownKind {
  readonly name: string
  readonly instructions: string
  readonly approach: readonly string[]
  readonly tools: readonly string[]
  readonly taskTypes: readonly TaskType[]
  readonly capabilities: readonly string[]
}

/** What a spec may name: known from where the actors are composed. */
export interface RegistryKnown {
  readonly kinds: readonly KnownKind[]
  readonly tools: readonly string[]
  /** Undefined: whichever the endpoint has. */
  readonly models?: readonly string[] | undefined
}

export interface DefineItem {
  /** An `AgentSpec`: whatever it is, the registry says what is wrong with it. */
  readonly agent: unknown
  /** Refused when the agent's revision is another one; 0: there must be none of that name. */
  readonly expectedRevision?: number
}

export type RegistryCommand =
  /** Creates or updates: one that changes nothing is accepted, and leaves the revision. */
  | ({ readonly type: 'agent.define' } & DefineItem)
  /** Agents of this bucket only. */
  | { readonly type: 'agents.define'; readonly items: readonly DefineItem[] }
  | { readonly type: 'agent.disable' | 'agent.enable' | 'agent.retire'; readonly name: string; readonly expectedRevision?: number }
  | { readonly type: 'agent.describe'; readonly name: string }

/** Why the registry refuses: the codes of its answers. */
export const registryRefusals = {
  invalid: 'TR_AGENT_INVALID',
  unknown: 'TR_AGENT_UNKNOWN',
  changed: 'TR_AGENT_CHANGED',
  busy: 'TR_AGENT_BUSY',
  misplaced: 'TR_AGENT_MISPLACED',
  tooMany: 'TR_AGENTS_TOO_MANY',
  full: 'TR_REGISTRY_FULL',
  skillsSilent: 'TR_SKILLS_SILENT',
} as const
export type RegistryRefusal = (typeof registryRefusals)[keyof typeof registryRefusals]

export type AgentResult =
  | { readonly name: string; readonly ok: true; readonly revision: number; readonly status: AgentStatus; readonly changed: boolean }
  | Refused

export interface Refused {
  readonly name: string
  readonly ok: false
  readonly code: RegistryRefusal
  readonly reason: string
  /** Of `TR_AGENT_INVALID`: every one there is. */
  readonly faults?: readonly string[]
}

/** The reply to `agents.define`: in the order of the items. */
export interface AgentResults {
  readonly ok: boolean
  readonly results: readonly AgentResult[]
}

/** The reply to `agent.describe`. */
export type AgentDescription = ({ readonly ok: true } & AgentRecord) | Refused

export type RegistryFact =
  | ({ readonly type: 'agent.defined'; readonly agent: string; readonly status: AgentStatus } & Pick<AgentRecord, 'revision'> &
      Pick<AgentDefinition, 'version' | 'kind' | 'taskTypes' | 'capabilities' | 'models' | 'skills'> & {
        /** Empty: not said. */
        readonly description: string
        readonly owner: string
        readonly costClass: CostClass | ''
      })
  /** Disabled, enabled again, or retired. */
  | { readonly type: 'agent.changed'; readonly agent: string; readonly status: AgentStatus; readonly revision: number }
  /** Whether the coordinator chooses from it; `why` not, when it could be. */
  | { readonly type: 'agent.selectable'; readonly agent: string; readonly selectable: boolean; readonly why: string }
