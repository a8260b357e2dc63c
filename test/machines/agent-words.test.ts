import { describe, expect, test } from 'vitest'
import type { AgentProfile, AgentTask, ModelMessage } from '../../machines/agent-task.ts'
import {
  addSources,
  answerFault,
  citationsOf,
  marksIn,
  openingOf,
  talkCharsMax,
  toolMessages,
  trimSteps,
} from '../../machines/agent-words.ts'

const profile: AgentProfile = {
  name: 'reader',
  version: '1',
  instructions: 'You read.',
  approach: ['Read.', 'Answer.'],
  tools: [],
  approvals: [],
  taskTypes: ['question'],
  capabilities: [],
  model: undefined,
}
const task: AgentTask = { taskType: 'question', prompt: 'Why?', file: undefined, root: '/docs', collection: 'docs', history: [] }
const cited = (file: string, fromLine: number, toLine: number) => ({ file, fromLine, toLine })

describe('the opening', () => {
  test('is the instructions with the plan, then the task with its file and the passages', () => {
    const [system, user] = openingOf(profile, { ...task, file: 'a.md' }, '[[a.md:1-2]]\nBecause.')
    expect(system?.content).toMatch(/^You read\.\n.*\nHow to go about it:\n1\. Read\.\n2\. Answer\.$/)
    expect(user).toEqual({ role: 'user', content: 'Why?\nFile: a.md\n\nPassages found in the folder:\n[[a.md:1-2]]\nBecause.' })
  })

  test('keeps what was said before between the two', () => {
    const history = [
      { role: 'user' as const, content: 'Hello' },
      { role: 'assistant' as const, content: 'Hello.' },
    ]
    expect(openingOf(profile, { ...task, history }, '').map((message) => message.role)).toEqual(['system', 'user', 'assistant', 'user'])
  })
})

describe('a long talk', () => {
  const opening = openingOf(profile, task, '')
  const round = (index: number, chars: number): ModelMessage[] => [
    { role: 'assistant', content: '', toolCalls: [{ id: `c${index}`, name: 'read-file', arguments: {} }] },
    { role: 'tool', toolCallId: `c${index}`, content: 'x'.repeat(chars) },
  ]

  test('W1, W2: loses its oldest steps, each call with its answer', () => {
    const steps = Array.from({ length: 9 }, (_, index) => round(index, talkCharsMax / 4)).flat()
    const kept = trimSteps(opening, steps)
    expect(kept).toEqual(steps.slice(-6))
  })

  test('W1: keeps its latest step even when that alone is too long', () => {
    const steps = [...round(1, 10), ...round(2, talkCharsMax * 2)]
    expect(trimSteps(opening, steps)).toEqual(steps.slice(2))
  })

  test('that fits is left as it is', () => {
    const steps = round(1, 10)
    expect(trimSteps(opening, steps)).toBe(steps)
  })

  test('gets tool answers that were cut, and say so', () => {
    const [message] = toolMessages([{ id: 'c1', name: 'read-file', ok: true, text: 'y'.repeat(talkCharsMax), citations: [] }])
    expect(message?.content.length).toBeLessThan(talkCharsMax / 3)
    expect(message?.content).toMatch(/\(cut: \d+ more characters\)$/)
  })
})

describe('citations', () => {
  const sources = [cited('a.md', 1, 10), cited('b c.md', 5, 6)]

  test('W3: are the marks that lie within a passage that was given', () => {
    expect(citationsOf('So it is [a.md:2-4][b c.md:5-6], not [z.md:1-2] nor [a.md:9-12].', sources)).toEqual([
      cited('a.md', 2, 4),
      cited('b c.md', 5, 6),
    ])
  })

  test('are what was retrieved when the answer marks nothing', () => {
    expect(citationsOf('So it is.', sources)).toEqual(sources)
  })

  test('are collected once', () => {
    expect(addSources(sources, [cited('a.md', 1, 10), cited('c.md', 1, 1)])).toEqual([...sources, cited('c.md', 1, 1)])
  })

  test('are read from the marks in their order, each once', () => {
    expect(marksIn('[b.md:3-4] [a.md:1-2] [b.md:3-4] [[c.md:1-2]] [not a mark] [d.md:1]')).toEqual([
      cited('b.md', 3, 4),
      cited('a.md', 1, 2),
      cited('c.md', 1, 2),
    ])
  })

  test('that were invented, and an empty answer, are faults', () => {
    expect(answerFault('Fine [a.md:1-2].', sources)).toBeUndefined()
    expect(answerFault('Hm [q.md:1-2].', sources)).toBe('These marked sources were not given: [q.md:1-2].')
    expect(answerFault(' \n', sources)).toBe('The answer is empty.')
  })
})
