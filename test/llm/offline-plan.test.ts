import { expect, test } from 'vitest'
import { planSchema, readPlan } from '../../machines/task-plan.ts'
import { decide } from '../../services/llm/offline/agent.ts'
import { divideTask } from '../../services/llm/offline/divide-task.ts'

const parts = (task: string) => divideTask(task).map(({ prompt, taskType, file, after }) => [prompt, taskType, file, after])

test('the offline model takes a task apart where its words do', () => {
  expect(parts('What is a turn? What is in data/sales.csv; then review src/a.ts for bugs. Finally say what matters.')).toEqual([
    ['What is a turn?', 'question', null, []],
    ['What is in data/sales.csv', 'table', 'data/sales.csv', []],
    ['review src/a.ts for bugs.', 'review', 'src/a.ts', ['s2']],
    ['Finally say what matters.', 'question', null, ['s1', 's2', 's3']],
  ])
})

test('one piece of work is one step', () => {
  expect(parts('Why is the sky blue?')).toEqual([['Why is the sky blue?', 'question', null, []]])
  expect(parts('Summarise docs/a.md')).toEqual([['Summarise docs/a.md', 'summary', 'docs/a.md', []]])
})

test.each(['Why?', '- first do this\n- then do that\n', 'A. B. C.', '???', 'x'.repeat(3_000), 'One, then two, and then three'])(
  'what it plans for %j can be run',
  (task) => {
    const request = {
      model: 'offline-extractive',
      messages: [
        { role: 'system' as const, content: 'You are a planner.' },
        { role: 'user' as const, content: task },
      ],
      response_format: { type: 'json_schema' as const, json_schema: planSchema },
    }
    const { kind, ...answer } = decide(request, 1)
    expect(kind).toBe('text')
    expect(readPlan('text' in answer ? answer.text : '', { tenant: 'acme', key: 't1', depth: 0 })).toMatchObject({ ok: true })
  },
)
