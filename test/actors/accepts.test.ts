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
    ['task', { ...submit, taskType: 'poem', needs: ['rhyme'], features: { long: 1 }, weights: { cost: 2 }, priority: -10 }],
    ['task', { ...submit, team: { rule: 'quorum', size: 3, agree: 2, compare: 'json' }, escalate: { belowSuccess: 0.5 }, qualityMin: 0.5 }],
    ['task', { ...submit, taskType: 'table', plan: true, aggregate: 'agent' }],
    ['task', { type: 'task.progress' }],
    ['task', { type: 'task.approve' }],
    ['task', { type: 'task.answer', text: 'Because.' }],
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
    ['task', { ...submit, team: { rule: 'vote', size: 6 } }, "'task.submit' field 'team.size': Too big: expected number to be <=5"],
    ['task', { ...submit, team: { rule: 'vote', size: 3, agree: 2 } }, "'task.submit' field 'team.agree': only a quorum counts who agrees"],
    [
      'task',
      { ...submit, team: { rule: 'quorum', size: 2, agree: 3 } },
      "'task.submit' field 'team.agree': no more can agree than there are",
    ],
    [
      'task',
      { ...submit, plan: true, team: { rule: 'vote', size: 2 } },
      "'task.submit' field 'team': a task that is planned is done by its steps: give plan or team",
    ],
    ['task', { ...submit, aggregate: 'agent' }, "'task.submit' field 'aggregate': only a planned task has answers to join"],
    ['task', { ...submit, priority: 11 }, "'task.submit' field 'priority': Too big: expected number to be <=10"],
    ['task', { ...submit, weights: { cost: -1 } }, "'task.submit' field 'weights.cost': Too small: expected number to be >=0"],
    ['task', { type: 'task.answer', text: ' ' }, "'task.answer' field 'text': Too small: expected string to have >=1 characters"],
    ['task', { ...submit, turnsMax: 1_000 }, "'task.submit' field 'turnsMax': Too big: expected number to be <=50"],
    ['memory', { type: 'memory.ingest' }, "'memory.ingest' field 'root': Invalid input: expected string, received undefined"],
  ])('to a %s is refused with what is wrong', (type, event, fault) => {
    expect(faultOf(type, event)).toBe(fault)
  })

  test.each([
    ['task', 'agent.chosen'],
    ['coordinator', 'statistics.merge'],
    ['coordinator', 'model.told'],
    ['agent-analyst', 'toString'],
  ])('cannot tell a %s what only actors say: %s', (type, event) => {
    expect(faultOf(type, { type: event })).toMatch(/is not taken from outside; send one of/)
  })
})
