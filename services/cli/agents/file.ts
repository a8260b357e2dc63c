// File
// Agents and skills as a file holds them: one agent, a list of them, or `{"skills": […], "agents": […]}`.
import { readFile, stat } from 'node:fs/promises'
import { ArgumentInvalid } from '../errors.ts'

export interface Definitions {
  readonly agents: readonly unknown[]
  readonly skills: readonly unknown[]
}

const fileBytesMax = 16 * 1024 * 1024
export const definitionsMax = 1_000

/** What each agent and skill says is the registry's to judge. Throws `ArgumentInvalid`. */
export async function readDefinitions(file: string): Promise<Definitions> {
  const { skills, agents } = shapeOf(await readJson(file), file)
  for (const [what, list] of Object.entries({ skills, agents }))
    if (list.length > definitionsMax)
      throw new ArgumentInvalid(`Reading ${file}: it has ${list.length} ${what}, the limit is ${definitionsMax}; split it.`)
  if (skills.length + agents.length > 0) return { skills, agents }
  throw new ArgumentInvalid(`Reading ${file}: it has no agent and no skill.`)
}

async function readJson(file: string): Promise<unknown> {
  try {
    const { size } = await stat(file)
    if (size > fileBytesMax) throw new Error(`it is ${size} bytes, the limit is ${fileBytesMax}`)
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new ArgumentInvalid(`Reading ${file}: ${cause instanceof Error ? cause.message : String(cause)}; name a file of JSON.`, { cause })
  }
}

function shapeOf(value: unknown, file: string): Definitions {
  if (Array.isArray(value)) return { agents: value, skills: [] }
  if (typeof value !== 'object' || value === null)
    throw new ArgumentInvalid(`Reading ${file}: it holds neither an agent nor a list of agents.`)
  const isCollection = Object.hasOwn(value, 'agents') || Object.hasOwn(value, 'skills')
  if (!isCollection) return { agents: [value], skills: [] }
  const { agents = [], skills = [], ...others }: { agents?: unknown; skills?: unknown } = value
  const strangers = Object.keys(others)
  if (Array.isArray(agents) && Array.isArray(skills) && strangers.length === 0) return { agents, skills }
  throw new ArgumentInvalid(
    `Reading ${file}: "agents" and "skills" are lists, and nothing stands beside them${strangers.length > 0 ? `; found ${strangers.join(', ')}` : ''}.`,
  )
}
