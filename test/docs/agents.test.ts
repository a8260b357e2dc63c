// docs/agents.md says what the code does: its fields, its limits, its example.
import { expect, test } from 'vitest'
import { roster } from '../../actors/agents/index.ts'
import { circuitDefaults } from '../../machines/circuit.ts'
import { readAgent, readSkill } from '../../machines/registry-spec.ts'
import { registryBuckets, registryLimits } from '../../machines/registry.ts'
import { skillLimits } from '../../machines/skills.ts'
import { toolNames } from '../../actors/agents/agent-kind.ts'
import { read, tableRows } from './pages.ts'

const page = read('docs/agents.md')
const known = { kinds: roster, tools: Object.values(toolNames) }

test('the example is an agent and a skill that the registry takes', () => {
  const { agents, skills } = JSON.parse(read('docs/examples/agent.json'))
  expect(agents.map((agent: unknown) => readAgent(agent, known).ok)).toEqual([true])
  expect(skills.map((skill: unknown) => readSkill(skill, known).ok)).toEqual([true])
})

test('the table of fields has every field, and those it calls needed are needed', () => {
  const rows = tableRows(page, 'field', 'left out')
  const fields = rows.flatMap(([names = '']) => names.split(', '))
  const all = {
    kind: 'researcher',
    name: 'a',
    version: '1',
    description: 'd',
    owner: 'o',
    instructions: 'i',
    approach: ['a'],
    costClass: 'low',
  }
  const lists = { tools: [], taskTypes: ['question'], capabilities: ['read'], models: ['m'], skills: ['s@1'] }
  const spec = { ...all, ...lists, expects: { trials: 1 }, follows: '0' }
  expect(readAgent(spec, known).ok).toBe(true)
  expect(fields.toSorted()).toEqual(Object.keys(spec).toSorted())
  for (const [names = '', leftOut] of rows)
    for (const name of names.split(', ')) expect(readAgent({ ...spec, [name]: undefined }, known).ok, name).toBe(leftOut !== 'refused')
})

test('the figures are those of the code', () => {
  const { agentsMax, agentsBytesMax, instructionsCharsMax, programCharsMax, toolsMax, skillsMax, modelsMax, itemsMax, callBytesMax } =
    registryLimits
  const { windowMs, callsMin, openMs, openMsMax } = circuitDefaults
  const said = [
    `| ${agentsMax}, and ${agentsBytesMax / 1024} KiB of definitions |`,
    `| ${instructionsCharsMax.toLocaleString('en')} characters; ${programCharsMax.toLocaleString('en')} with its approach and its skills |`,
    `| ${toolsMax}, ${skillsMax}, ${modelsMax} |`,
    `| ${skillLimits.skillsMax}, and ${skillLimits.skillsBytesMax / 1024} KiB |`,
    `| ${skillLimits.instructionsCharsMax.toLocaleString('en')} characters |`,
    `one of ${registryBuckets} buckets`,
    `${itemsMax} of them and ${callBytesMax / 1024} KiB at most`,
    `half of the calls of ${windowMs / 1000} s failed, ${callsMin} calls at least`,
    `| ${openMs / 1000} s, twice as long each time in a row up to ${openMsMax / 60_000} min;`,
  ]
  expect(said.filter((text) => !page.includes(text))).toEqual([])
  expect(circuitDefaults.failureRate).toBe(0.5)
})
