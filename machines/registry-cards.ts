// Registry cards
// What the coordinator is told of an agent: one card a model, each with the program that its skills are part of.
import type { AgentProgram, AgentRegister, AgentRetire } from './coordinator-messages.ts'
import { registryLimits, type AgentDefinition, type CardState } from './registry.ts'
import { skillLimits, type SkillsFound } from './skills.ts'

export type FoundSkills = SkillsFound['skills']

/** How the agent runs: its own instructions, then those of each skill under the skill's name; the tools of all of them. */
export function programOf({ kind, instructions, approach, tools, skills }: AgentDefinition, found: FoundSkills): AgentProgram {
  const learned = skills.flatMap((ref) => (Object.hasOwn(found, ref) ? [{ ref, skill: found[ref] }] : []))
  const parts = learned.map(({ ref, skill }) => `Skill ${ref}:\n${skill?.instructions ?? ''}`)
  return {
    kind,
    instructions: [instructions, ...parts].join('\n\n'),
    approach,
    tools: [...new Set([...tools, ...learned.flatMap(({ skill }) => skill?.tools ?? [])])],
  }
}

/** What is too much about a program, or undefined. */
export function programFault(program: AgentProgram): string | undefined {
  const { programCharsMax, toolsMax } = registryLimits
  const chars = charsOf(program)
  if (chars > programCharsMax)
    return `skills: its instructions with those of its skills are ${chars} characters, the limit is ${programCharsMax}`
  if (program.tools.length > toolsMax)
    return `skills: it has ${program.tools.length} tools with those of its skills, the limit is ${toolsMax}`
  return undefined
}

export const charsOf = ({ instructions, approach }: Pick<AgentProgram, 'instructions' | 'approach'>): number =>
  approach.reduce((sum, step) => sum + step.length, instructions.length)

/** At most so many characters are told of it, whatever its skills say. */
export function charsAtMost(agent: Pick<AgentDefinition, 'instructions' | 'approach' | 'models' | 'skills'>): number {
  const chars = Math.min(registryLimits.programCharsMax, charsOf(agent) + agent.skills.length * skillLimits.instructionsCharsMax)
  return chars * Math.max(1, agent.models.length)
}

/** The cards that are asked for, and what is sent for them. Cards that the agent had and has no more are taken back first. */
export function cardsFor(
  definition: AgentDefinition,
  program: AgentProgram,
  before: readonly CardState[],
): { readonly cards: readonly CardState[]; readonly events: readonly (AgentRegister | AgentRetire)[] } {
  const models: readonly (string | undefined)[] = definition.models.length === 0 ? [undefined] : definition.models
  const gone = before.filter(({ model }) => !models.includes(model))
  return {
    cards: models.map((model) => ({ ...(model !== undefined && { model }), state: 'asked' })),
    events: [
      ...retirements(definition.name, gone),
      ...models.map((model): AgentRegister => ({ type: 'agent.register', ...cardOf(definition, model), program })),
    ],
  }
}

/** A card without a model can only be taken back with all of them. */
function retirements(agent: string, gone: readonly CardState[]): readonly AgentRetire[] {
  if (gone.some(({ model }) => model === undefined)) return [{ type: 'agent.retire', agent }]
  return gone.flatMap(({ model }) => (model === undefined ? [] : [{ type: 'agent.retire', agent, model }]))
}

function cardOf(definition: AgentDefinition, model: string | undefined) {
  const { name: agent, version, taskTypes, capabilities, skills, costClass, expects, follows } = definition
  return {
    agent,
    version,
    ...(model !== undefined && { model }),
    taskTypes,
    capabilities,
    ...(skills.length > 0 && { skills }),
    ...(costClass !== undefined && { costClass }),
    ...(expects !== undefined && { expects }),
    ...(follows !== undefined && { follows }),
  }
}
