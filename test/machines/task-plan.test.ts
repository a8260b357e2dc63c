import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import { agentLimits, noUsage, type AgentInput } from '../../machines/agent-task.ts'
import { readPlan, stepsMax } from '../../machines/task-plan.ts'
import type { TaskSubmit } from '../../machines/task-submit.ts'
import { agentOutput } from '../support/agents.ts'
import { ends, hears } from '../support/given.ts'
import { asking, choice, chosen, newTask, shard, source, submit } from '../support/tasks.ts'

const whose = { tenant: 'acme', key: 't1', depth: 0 }
const step = (id: string, fields: object = {}) => ({ id, taskType: 'question', prompt: `Do ${id}.`, ...fields })
const plan = (...steps: readonly object[]) => JSON.stringify({ steps })
const planned = (...steps: readonly object[]) => ends(source('planner'), agentOutput({ answer: plan(...steps), citations: [] }))
const planning = (fields: Partial<TaskSubmit> = {}) => asking({ plan: true, budgetUsd: 0.41, ...fields }).when(chosen('planner'))
const stepActor = (id: string) => actorId('acme', 'task', `t1.${id}`)
const ended = (id: string, fields: object = {}) =>
  hears(
    {
      type: 'step.ended',
      taskId: `t1.${id}`,
      ok: true,
      answer: `Answer of ${id} [${id}.md:1-2].`,
      citations: [{ file: `${id}.md`, fromLine: 1, toLine: 2 }],
      reason: '',
      usage: { ...noUsage, costUsd: 0.02, llmCalls: 1 },
      workedMs: 10_000,
      model: 'small',
      offline: true,
      ...fields,
    },
    { from: stepActor(id) },
  )
const failed = (id: string) => ended(id, { ok: false, answer: '', citations: [], reason: 'no answer' })
const down = (id: string, reason: string) =>
  hears({ type: 'actor.down', actor: stepActor(id), reason, restarting: false }, { from: stepActor(id) })
type Story = ReturnType<typeof asking>
const started = (story: Story) => story.sent('task.submit').map(({ to }) => to.replace('acme/task/t1.', ''))
const submitOf = (story: Story, id: string) =>
  story.sent('task.submit').find(({ to }) => to === stepActor(id))?.event as unknown as TaskSubmit

describe('a plan', () => {
  test('is asked of a planner, which knows the kinds of steps there are', () => {
    const story = asking({ plan: true, needs: ['search'] })
    const [ask] = story.sent('agent.choose')
    expect(ask?.event).toMatchObject({ taskType: 'plan' })
    expect(ask?.event).not.toHaveProperty('needs')
    const { task, profile } = story.when(chosen('planner')).inputOf(source('planner')) as AgentInput
    expect(task).toMatchObject({ taskType: 'plan', prompt: 'Why?' })
    expect(profile.instructions).toContain('taskType is one of: question.')
  })

  test('is read from between other words', () => {
    expect(readPlan(`Here is the plan:\n\`\`\`json\n${plan(step('a'))}\n\`\`\`\nGood luck.`, whose)).toMatchObject({ ok: true })
  })

  test.each([
    ['no JSON', 'First do this, then that.', 'the answer is no JSON object with a list `steps`'],
    ['no steps', plan(), 'it has 0 steps; give 1 to 20'],
    ['too many steps', plan(...Array.from({ length: 21 }, (_, n) => step(`s${n}`))), 'it has 21 steps; give 1 to 20'],
    ['a step that is no object', JSON.stringify({ steps: ['look'] }), 'step 1 is no object'],
    ['an id that is no name', plan(step('a b')), "step 1: 'id' must be 1 to 32 of A-Z a-z 0-9 _ -"],
    ['one id twice', plan(step('a'), step('a')), "two steps are called 'a'"],
    ['a step that waits for a stranger', plan(step('a', { after: ['b'] })), "step 'a' waits for 'b', which is no step"],
    ['a step that waits for itself', plan(step('a', { after: ['a'] })), 'steps wait for each other in a circle: a'],
    [
      'a circle',
      plan(step('a'), step('b', { after: ['d'] }), step('c', { after: ['b'] }), step('d', { after: ['c'] })),
      'steps wait for each other in a circle: b, c, d',
    ],
    ['an unknown field', plan(step('a', { model: 'large' })), /step 'a': unknown field 'model'; the fields are id, taskType/],
    [
      'a field every object inherits',
      '{"steps":[{"id":"a","taskType":"question","prompt":"p","__proto__":{"x":1}}]}',
      /unknown field '__proto__'/,
    ],
    ['a field beside the steps', JSON.stringify({ steps: [step('a')], note: 1 }), "unknown field 'note' beside 'steps'"],
    ['an empty prompt', plan(step('a', { prompt: ' ' })), "step 'a': 'prompt' must be 1 to 4000 characters"],
    ['a path out of the folder', plan(step('a', { file: '../secret' })), "step 'a': 'file' must be a path below the folder"],
    ['a table without its file', plan(step('a', { taskType: 'table' })), "step 'a': a table needs the 'file' it is about"],
    ['no list of what it waits for', plan(step('a', { after: 'b' })), "step 'a': 'after' must be a list of at most 20 steps"],
    ['no word on whether it is optional', plan(step('a', { optional: 'yes' })), "step 'a': 'optional' must be true or false"],
  ])('with %s is refused, and the fault is named', (_, answer, fault) => {
    expect(readPlan(answer, whose)).toEqual({
      ok: false,
      faults: [expect.stringMatching(fault instanceof RegExp ? fault : literal(fault))],
    })
  })

  test('is refused with all of its faults', () => {
    expect(readPlan(plan(step('a', { after: 1, file: '/x' }), step('?')), whose)).toMatchObject({ faults: { length: 3 } })
  })

  test('may have steps that are planned again, two deep', () => {
    expect(readPlan(plan(step('a', { plan: true })), whose)).toMatchObject({ ok: true, steps: [{ plan: true }] })
    expect(readPlan(plan(step('a', { plan: true })), { ...whose, depth: 1 })).toMatchObject({
      faults: ["step 'a': steps at this depth cannot be planned again"],
    })
  })

  test('is refused when a step could not have an address', () => {
    expect(readPlan(plan(step('a')), { ...whose, key: 'k'.repeat(255) })).toMatchObject({ ok: false, faults: [/the limit is 256/] })
  })

  test('of any form is read or refused, and one that is read can be done to its end', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const any = fc.array(
      fc.record({ id, taskType: fc.constant('question'), prompt: fc.constant('p'), after: fc.array(id, { maxLength: 3 }) }),
      {
        maxLength: 6,
      },
    )
    fc.assert(
      fc.property(fc.oneof(any, fc.anything()), (steps) => {
        const read = readPlan(JSON.stringify({ steps }) ?? '', whose)
        if (!read.ok) expect(read.faults.length).toBeGreaterThan(0)
        if (!read.ok) return
        const done = new Set<string>()
        for (let round = 0; round < stepsMax; round++)
          for (const one of read.steps) if (one.after.every((before) => done.has(before))) done.add(one.id)
        expect(done.size).toBe(read.steps.length)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a plan that cannot be run', () => {
  const bad = planned(step('a', { after: ['b'] }))

  test('is given back once with its faults, and counts against the planner', () => {
    const story = planning().when(bad)
    expect(story.sent('outcome.report')).toMatchObject([{ to: shard(), event: { ok: false, reward: 0, failed: 'agent' } }])
    const { profile } = story.when(chosen('planner')).inputOf(source('planner')) as AgentInput
    expect(profile.instructions).toContain("The plan you gave cannot be run: step 'a' waits for 'b', which is no step.")
    story.when(planned(step('a')))
    expect(started(story)).toEqual(['a'])
  })

  test('for the second time fails the task', () => {
    planning()
      .when(bad, chosen('planner'), bad)
      .thenIs({
        state: 'failed',
        output: {
          code: 'TR_PLAN_INVALID',
          reason: "the planner gave no plan that can be run: step 'a' waits for 'b', which is no step",
        },
      })
  })
})

describe('steps', () => {
  test('are tasks of their own, told what they are, with an equal share of the budget', () => {
    const story = planning({ priority: 3, escalate: { always: true, aboveUsd: 9 } })
    story.when(hears({ type: 'task.approve' })).when(planned(step('a'), step('b', { file: 'b.csv', taskType: 'table' })))
    expect(story.facts('task.planned')).toMatchObject([
      {
        steps: [
          { id: 'a', taskType: 'question', after: [] },
          { id: 'b', taskType: 'table', after: [] },
        ],
      },
    ])
    expect(started(story)).toEqual(['a', 'b'])
    expect(submitOf(story, 'b')).toEqual({
      type: 'task.submit',
      taskType: 'table',
      prompt: 'Do b.',
      file: 'b.csv',
      root: '/docs',
      collection: 'docs',
      budgetUsd: expect.closeTo(0.2, 9),
      deadlineMs: agentLimits.deadlineMs - 1_000,
      turnsMax: 12,
      priority: 3,
      escalate: { aboveUsd: 9 },
      step: { run: 't1', depth: 1, sources: [] },
    })
    expect(story.outcome.watches).toEqual(['a', 'b'].map((id) => ({ to: stepActor(id), event: { type: '@monitor' } })))
  })

  test('start when those they wait for have ended, four at once at most', () => {
    const story = planning().when(planned(...['a', 'b', 'c', 'd', 'e'].map((id) => step(id)), step('f', { after: ['a', 'e'] })))
    expect(started(story)).toEqual(['a', 'b', 'c', 'd'])
    expect(started(story.when(ended('a')))).toEqual(['a', 'b', 'c', 'd', 'e'])
    story.when(ended('b'), ended('c'), ended('d'))
    expect(started(story)).not.toContain('f')
    expect(started(story.when(ended('e')))).toContain('f')
  })

  test('are given the answers they wait for, with their sources, and what is left of the time', () => {
    const story = planning().when(planned(step('a'), step('b', { after: ['a'] })), ended('a'))
    const given = submitOf(story, 'b')
    expect(given.prompt).toBe('Do b.\n\nFindings of earlier steps:\na: Answer of a [a.md:1-2].')
    expect(given.step?.sources).toEqual([{ file: 'a.md', fromLine: 1, toLine: 2 }])
    expect(given.deadlineMs).toBe(agentLimits.deadlineMs - 11_000)
  })

  test('that have all ended complete the task with their answers, what they cost and what they cite', () => {
    const story = planning().when(planned(step('a'), step('b')), ended('b'), ended('a'))
    story.thenIs({
      state: 'completed',
      output: {
        answer: '## a\nAnswer of a [a.md:1-2].\n\n## b\nAnswer of b [b.md:1-2].',
        citations: [
          { file: 'a.md', fromLine: 1, toLine: 2 },
          { file: 'b.md', fromLine: 1, toLine: 2 },
        ],
        agent: 'steps',
        usage: { ...noUsage, inputTokens: 100, costUsd: expect.closeTo(0.05, 9), llmCalls: 3 },
        steps: ['t1.a', 't1.b'],
      },
    })
  })

  test('can be joined by an agent, which may cite what they cite', () => {
    const story = planning({ aggregate: 'agent' }).when(planned(step('a'), step('b')))
    expect(submitOf(story, 'a').budgetUsd).toBeCloseTo(0.4 / 3, 9)
    story.when(ended('a'), ended('b'))
    expect(story.sent('agent.choose').at(-1)?.event).toMatchObject({ taskType: 'join' })
    const { task } = story.when(chosen('joiner')).inputOf(source('joiner')) as AgentInput
    expect(task.prompt).toContain('a: Answer of a [a.md:1-2].\nb: Answer of b [b.md:1-2].')
    expect(task.sources).toHaveLength(2)
    story
      .when(ends(source('joiner'), agentOutput({ answer: 'Both.' })))
      .thenIs({ state: 'completed', output: { answer: 'Both.', agent: 'joiner', usage: { costUsd: expect.closeTo(0.06, 9) } } })
  })

  test('that nobody can join are put one after another', () => {
    planning({ aggregate: 'agent' })
      .when(
        planned(step('a')),
        ended('a'),
        hears({ type: 'agent.none', taskId: 't1', code: 'TR_AGENT_NONE', why: 'nobody', candidates: [] }),
      )
      .thenIs({ state: 'completed', output: { answer: '## a\nAnswer of a [a.md:1-2].' } })
  })

  test('that fail the task have the others cancelled', () => {
    const story = planning().when(planned(step('a'), step('b'), step('c', { after: ['b'] })), failed('a'))
    story.thenIs({ state: 'failed', output: { reason: "step 'a' failed: no answer" } })
    expect(story.sent('cancel').map(({ to }) => to)).toEqual([stepActor('b')])
  })

  test('that are optional may fail: the others go on without', () => {
    const story = planning().when(planned(step('a', { optional: true }), step('b', { after: ['a'] })), failed('a'))
    expect(submitOf(story, 'b').prompt).toContain('a: (no answer: no answer)')
    story.when(ended('b')).thenIs({ state: 'completed', output: { answer: '## b\nAnswer of b [b.md:1-2].' } })
  })

  test('that are all optional and all fail leave no answer', () => {
    planning()
      .when(planned(step('a', { optional: true })), failed('a'))
      .thenIs({ state: 'failed', output: { reason: "step 'a' failed: no answer" } })
  })

  test('K6: whose task is gone have failed; one that is done has said so before', () => {
    const story = planning().when(planned(step('a'), step('b')), down('a', 'done'))
    expect(story.living.snapshot.status).toBe('active')
    story
      .when(down('b', 'not-found'))
      .thenIs({ state: 'failed', output: { reason: "step 'b' failed: its task acme/task/t1.b is gone (not-found)" } })
  })

  test('that are told of by somebody else are not believed', () => {
    const story = planning().when(planned(step('a')), hears({ type: 'step.ended', taskId: 't1.a', ok: true, answer: 'Ha.' }))
    expect(story.living.snapshot.status).toBe('active')
  })

  test('count once, however often they are told', () => {
    const story = planning().when(planned(step('a'), step('b')), ended('a'), ended('a'), ended('b'))
    story.thenIs({ state: 'completed', output: { usage: { ...noUsage, inputTokens: 100, costUsd: expect.closeTo(0.05, 9), llmCalls: 3 } } })
  })

  test('are cancelled with the task', () => {
    const story = planning().when(planned(step('a'), step('b')), ended('a'), hears({ type: 'cancel', reason: 'enough' }))
    story.thenIs({ state: 'cancelled' })
    expect(story.sent('cancel')).toEqual([{ to: stepActor('b'), event: { type: 'cancel', reason: 'cancelled: enough' } }])
  })

  test('are shown in the progress of the task', () => {
    const story = planning().when(planned(step('a'), step('b', { after: ['a'] })), hears({ type: 'task.progress' }))
    expect(story.outcome.replies).toMatchObject([
      {
        value: {
          phase: 'steps',
          steps: [
            { id: 'a', taskId: 't1.a', state: 'running' },
            { id: 'b', state: 'waiting' },
          ],
        },
      },
    ])
  })
})

describe('a task that is a step', () => {
  const asStep = { step: { run: 't0', depth: 1, sources: [{ file: 'a.md', fromLine: 1, toLine: 2 }] } }
  const parent = actorId('acme', 'task', 't0')
  const event = { type: 'task.submit', taskType: 'question', prompt: 'Why?', root: '/docs', collection: 'docs', ...asStep }
  const recalled = ends('recall', { similar: {}, lessons: [] })

  test('tells the task it belongs to how it ended', () => {
    const story = newTask().when(hears(event, { from: parent }), recalled, chosen('one'))
    expect(story.inputOf(source('one'))).toMatchObject({ run: 't0', task: { sources: asStep.step.sources } })
    story.when(ends(source('one'), agentOutput()))
    expect(story.facts('task.submitted')).toMatchObject([{ parent: 't0' }])
    expect(story.sent('step.ended')).toMatchObject([
      { to: parent, event: { taskId: 't1', ok: true, answer: 'Because [a.md:1-2].', workedMs: 1_000, usage: { costUsd: 0.01 } } },
    ])
  })

  test.each([
    ['nobody', undefined],
    ['an actor that is no task', actorId('acme', 'schedule', 's')],
    ['a task of another tenant', actorId('other', 'task', 't0')],
  ])('is not one because %s says so', (_, from) => {
    const story = newTask().when(from ? hears(event, { from }) : submit(asStep), recalled, chosen(choice('one')))
    expect((story.inputOf(source('one')) as AgentInput).task.sources).toBeUndefined()
    story.when(ends(source('one'), agentOutput()))
    expect(story.sent('step.ended')).toEqual([])
  })

  test('says so too when it is cancelled', () => {
    const story = newTask().when(hears(event, { from: parent }), recalled)
    story.when(hears({ type: 'cancel', reason: 'cancelled: enough' }, { from: parent }))
    expect(story.sent('step.ended')).toMatchObject([{ event: { ok: false, reason: 'cancelled: enough' } }])
  })
})

function literal(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)
}
