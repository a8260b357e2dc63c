// Roster
// Every agent kind, by name. A new one is a file here and a line below.
import type { AgentProfile } from '../../machines/agent-task.ts'
import type { AgentCard } from '../../machines/selection.ts'
import { RosterInvalid } from '../errors.ts'
import type { Tool } from '../ports.ts'
import type { AgentKind } from './agent-kind.ts'
import { analyst } from './analyst.ts'
import { generalist } from './generalist.ts'
import { librarian } from './librarian.ts'
import { planner } from './planner.ts'
import { researcher } from './researcher.ts'
import { reviewer } from './reviewer.ts'
import { summarizer } from './summarizer.ts'

export const roster: readonly AgentKind[] = [researcher, librarian, summarizer, analyst, reviewer, generalist, planner]

/** What each kind says of itself to a coordinator. */
export const agentCards: readonly AgentCard[] = roster.map(({ name, version, taskTypes, capabilities }) => ({
  agent: name,
  version,
  taskTypes,
  capabilities,
}))

/** The kinds as they run here: which of their tools need a person is the tools' business. Throws RosterInvalid. */
export const profilesOf = (tools: ReadonlyMap<string, Tool>): readonly AgentProfile[] => roster.map((kind) => profileOf(kind, tools))

export function profileOf(kind: AgentKind, tools: ReadonlyMap<string, Tool>): AgentProfile {
  const missing = kind.tools.filter((name) => !tools.has(name))
  if (missing.length > 0)
    throw new RosterInvalid(`agent ${kind.name} uses ${missing.join(', ')}, but the tools here are ${[...tools.keys()].join(', ')}`)
  return { ...kind, approvals: kind.tools.filter((name) => tools.get(name)?.needsApproval), model: undefined }
}
