import { expect, test } from 'vitest'
import { planTasks, type PlanFile } from '../../services/cli/job/plan.ts'
import { questionsTo } from '../../services/cli/job/questions.ts'

const page = (file: string, ...lines: readonly string[]): PlanFile => ({
  file,
  text: [...lines, 'Words that make it long. '.repeat(10)].join('\n'),
})
const guide = page(
  'guide.md',
  '# Guide',
  'A turn is a step of an actor.',
  '## Install the server',
  'Take the binary.',
  '## Why does it wait?',
  'It has to.',
)

test('each kind of file becomes its type of task', () => {
  const plan = planTasks(
    [
      guide,
      { file: 'sales.csv', text: 'a,b\n1,2' },
      { file: 'rows.json', text: '[{"a":1},{"a":2}]' },
      { file: 'src/app.ts', text: 'export const a = 1' },
      page('openapi.yaml', 'openapi: 3.1.0'),
    ],
    60,
  )
  const filesOf = (type: string) => plan.filter(({ taskType }) => taskType === type).map(({ file }) => file)
  expect(filesOf('table')).toEqual(['sales.csv', 'rows.json'])
  expect(filesOf('review')).toEqual(['src/app.ts'])
  expect(filesOf('summary')).toEqual(['guide.md', 'openapi.yaml'])
  expect(filesOf('question')).toEqual([undefined, undefined, undefined])
})

test('types take turns, so that a small limit still has all of them', () => {
  const files = [guide, page('b.md', '# B'), page('c.md', '# C'), { file: 't.csv', text: 'a\n1' }, { file: 'x.py', text: 'a = 1' }]
  expect(planTasks(files, 5).map(({ taskType }) => taskType)).toEqual(['question', 'summary', 'table', 'review', 'question'])
})

test('every document is asked once before any is asked twice', () => {
  const plan = planTasks([guide, page('notes.md', '# Notes on rivers', '## Floods in spring', 'They come.')], 60)
  const questions = plan.flatMap(({ taskType, prompt }) => (taskType === 'question' ? [prompt] : []))
  expect(questions.slice(0, 2).filter((question) => question.includes('rivers'))).toHaveLength(1)
})

test('the same files give the same plan, and a folder of nothing gives none', () => {
  const files = [guide, page('b.md', '# B')]
  expect(planTasks(files, 10)).toEqual(planTasks(files, 10))
  expect(
    planTasks(
      [
        { file: 'short.md', text: '# Hi' },
        { file: 'config.json', text: '{}' },
      ],
      10,
    ),
  ).toEqual([])
})

test('questions are worded as a person would ask them', () => {
  const asked = (heading: string, sentence = 'Plain.') =>
    questionsTo({ file: 'p.md', text: `# Platform\nWords.\n## ${heading}\n${sentence}` })[0]
  expect(asked('Install the server')).toBe('How do I install the server?')
  expect(asked('How to add an agent')).toBe('How do I add an agent?')
  expect(asked('Why does it wait?')).toBe('Why does it wait?')
  expect(asked('What comes with it')).toBe('What comes with it, according to “Platform”?')
  expect(asked('When a worker dies')).toBe('What happens when a worker dies?')
  expect(asked('Draining a worker')).toBe('How does draining a worker work?')
  expect(asked('NATS subjects: the list')).toBe('What does “Platform” say about NATS subjects?')
  expect(asked('Dead letters', 'A dead letter is a message that became no turn.')).toBe('What is a dead letter?')
})

test('headings in code blocks are no headings', () => {
  expect(questionsTo({ file: 'p.md', text: '# Page\n```sh\n## not a heading\n```\n' })).toEqual([
    'What is “Page” about, and what matters most in it?',
  ])
})
