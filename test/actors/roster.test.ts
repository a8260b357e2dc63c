import { expect, test } from 'vitest'
import { troupeActors } from '../../actors/index.ts'
import { agentCards, profileOf, profilesOf, roster } from '../../actors/agents/index.ts'
import { researcher } from '../../actors/agents/researcher.ts'
import { RosterInvalid } from '../../actors/errors.ts'
import { taskTypes } from '../../machines/task-events.ts'
import { prepare } from '../../runtime/statechart/index.ts'
import { tools } from '../../services/tools/index.ts'
import { fakePorts } from '../support/actor-ports.ts'
import { lexicalEmbedder } from '../support/lexical-embedder.ts'

test('every task type can be done by two agent kinds or more', () => {
  for (const taskType of taskTypes)
    expect(agentCards.filter((card) => card.taskTypes.includes(taskType)).length, taskType).toBeGreaterThanOrEqual(2)
})

test('every agent kind uses tools that exist', () => {
  const { memory } = fakePorts([])
  expect(profilesOf(tools({ memory, embedder: lexicalEmbedder() })).map((profile) => profile.name)).toEqual(roster.map((kind) => kind.name))
})

test('an agent whose tool is missing is refused when the worker starts', () => {
  expect(() => profileOf({ ...researcher, tools: ['telepathy'] }, fakePorts([]).tools)).toThrow(RosterInvalid)
})

test('an agent knows which of its tools a person must approve', () => {
  const ports = fakePorts([], { 'read-file': { needsApproval: true } })
  expect(profileOf(researcher, ports.tools).approvals).toEqual(['read-file'])
})

test('every actor type of the main job can be hosted', () => {
  const definitions = troupeActors(fakePorts([]))
  for (const definition of definitions) expect(() => prepare(definition), definition.name).not.toThrow()
  expect(definitions.map((definition) => definition.name)).toEqual([
    'coordinator',
    'task',
    'conversation',
    'memory',
    'lessons',
    'budget',
    'registry',
    'skills',
    'agent-researcher',
    'agent-librarian',
    'agent-summarizer',
    'agent-analyst',
    'agent-reviewer',
    'agent-generalist',
    'agent-planner',
    'schedule',
  ])
})
