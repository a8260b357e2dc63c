import { describe, expect, test } from 'vitest'
import { troupeActors } from '../../actors/index.ts'
import type { ActorEvent } from '../../machines/message.ts'
import { fakePorts } from '../support/actor-ports.ts'

const definitions = troupeActors(fakePorts([]))
const faultOf = (type: string, event: ActorEvent) => definitions.find((definition) => definition.name === type)?.accepts?.(event)
const submit = { type: 'task.submit', taskType: 'question', prompt: 'Why?', root: '/docs', collection: 'docs' }

describe('an event from outside', () => {
  test.each([
    ['task', submit],
    ['task', { ...submit, taskType: 'table', file: 'data/a.csv', budgetUsd: 0, deadlineMs: 1_000, turnsMax: 3 }],
    ['task', { type: 'task.progress' }],
    ['coordinator', { type: 'coordinator.stats' }],
    ['coordinator', { type: 'agent.register', agent: 'scout', version: '1', taskTypes: ['table'], capabilities: [] }],
    ['conversation', { type: 'message.add', text: 'Hello', root: '/docs', collection: 'docs' }],
    ['memory', { type: 'memory.ingest', root: '/docs' }],
    ['agent-researcher', { type: 'approve' }],
    ['agent-researcher', { type: 'budget.add', usd: 1, tokens: 0 }],
  ])('to a %s is taken when it is whole', (type, event) => {
    expect(faultOf(type, event)).toBeUndefined()
  })

  test.each([
    ['task', { ...submit, prompt: ' ' }, "'task.submit' field 'prompt': Too small: expected string to have >=1 characters"],
    ['task', { ...submit, file: '../secret' }, "'task.submit' field 'file': must be a path below the folder"],
    ['task', { ...submit, file: '/etc/passwd' }, "'task.submit' field 'file': must be a path below the folder"],
    ['task', { ...submit, taskType: 'review' }, "'task.submit' field 'file': a table or review task needs the file it is about"],
    ['task', { ...submit, turnsMax: 1_000 }, "'task.submit' field 'turnsMax': Too big: expected number to be <=50"],
    ['memory', { type: 'memory.ingest' }, "'memory.ingest' field 'root': Invalid input: expected string, received undefined"],
  ])('to a %s is refused with what is wrong', (type, event, fault) => {
    expect(faultOf(type, event)).toBe(fault)
  })

  test.each([
    ['task', 'agent.chosen'],
    ['coordinator', 'outcome.report'],
    ['coordinator', 'agent.choose'],
    ['agent-analyst', 'toString'],
  ])('cannot tell a %s what only actors say: %s', (type, event) => {
    expect(faultOf(type, { type: event })).toMatch(/is not taken from outside; send one of/)
  })
})
