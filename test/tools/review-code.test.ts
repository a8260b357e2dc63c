import { expect, test } from 'vitest'
import { benchWith } from './support.ts'

const longFunction = ['def long_one():', ...Array.from({ length: 90 }, (_, at) => `    x = ${at}`), '', 'def short_one():', '    pass']

test('oxlint finds real mistakes in TypeScript, each with its line', async () => {
  const { call } = await benchWith({ 'src/a.ts': 'export function f(x: number) {\n  if (x === NaN) return 1\n  debugger\n  return 2\n}\n' })
  const { ok, text, citations } = await call('review-code', { file: 'src/a.ts' })
  expect(ok).toBe(true)
  expect(text).toContain('Checked by oxlint and by language-neutral checks.')
  expect(text).toMatch(/\[\[src\/a\.ts:2-2\]\]\nerror: .*NaN.*use-isnan/)
  expect(text).toMatch(/\[\[src\/a\.ts:3-3\]\]\nerror: .*debugger/)
  expect(citations).toContainEqual({ file: 'src/a.ts', fromLine: 3, toLine: 3 })
})

test('a file that does not parse is a finding, not a failure', async () => {
  const { call } = await benchWith({ 'a.js': 'const a = 1\nfunction (\n' })
  const { ok, text } = await call('review-code', { file: 'a.js' })
  expect(ok).toBe(true)
  expect(text).toMatch(/\[\[a\.js:\d-\d\]\]\nerror: .*\(syntax\)/)
})

test('the configuration of the reviewed project is neither read nor run', async () => {
  const { call } = await benchWith({
    'a.ts': 'debugger\n',
    '.oxlintrc.json': '{"rules":{"no-debugger":"off"},"jsPlugins":["./evil.mjs"]}',
    'oxlint.config.ts': 'throw new Error("ran")',
    'evil.mjs': 'throw new Error("ran")',
    '.eslintignore': 'a.ts',
  })
  expect((await call('review-code', { file: 'a.ts' })).text).toContain('no-debugger')
})

test('other languages get the neutral checks, and the result says so', async () => {
  const { call } = await benchWith({ 'a.py': longFunction.join('\n') })
  const { text, citations } = await call('review-code', { file: 'a.py' })
  expect(text).toContain('Review of a.py: 1 findings. Only language-neutral checks were made: there is no linter here for .py files.')
  expect(text).toContain('[[a.py:1-91]]\nwarning: a function of 91 lines')
  expect(citations).toEqual([{ file: 'a.py', fromLine: 1, toLine: 91 }])
})

test('unfinished work, very long files and what looks like a secret are found; the secret is not repeated', async () => {
  const secret = 'correct-horse-battery'
  const source = [
    '# TODO: later',
    `password = "${secret}"`,
    'api_key = "your-api-key-here"',
    'url = "postgres://app:hunter22@db/app"',
    ...Array<string>(650).fill('x = 1'),
  ]
  const { call } = await benchWith({ 'a.rb': source.join('\n') })
  const { text } = await call('review-code', { file: 'a.rb' })
  expect(text.split('\n').slice(1)).toEqual([
    '[[a.rb:2-2]]',
    'error: looks like a secret in a literal; read it from the environment instead',
    '[[a.rb:4-4]]',
    'error: looks like a password in a URL; read it from the environment instead',
    '[[a.rb:1-654]]',
    'note: the file has 654 lines; beyond 600 it is hard to keep in mind',
    '[[a.rb:1-1]]',
    'note: unfinished work is marked TODO',
  ])
  expect(text).not.toContain(secret)
})

test('a clean file has no findings', async () => {
  const { call } = await benchWith({ 'a.ts': 'export const one = 1\n' })
  expect((await call('review-code', { file: 'a.ts' })).text).toBe(
    'Review of a.ts: 0 findings. Checked by oxlint and by language-neutral checks.',
  )
})
