import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../support/source-files.ts'
import { read } from './pages.ts'

const page = read('docs/semantics.md')
const [promised = ''] = page.split('\n## Not promised')
const promises = promised.split(/^- /m).slice(1)

/** The line below a promise: names of tests in backticks. */
const testsOf = (promise: string): readonly string[] =>
  (/^ {2}(`.*`)$/m.exec(promise)?.[1] ?? '').split(' · ').map((name) => name.slice(1, -1))

const suites = fs
  .globSync('test/**/*.{test,contract}.ts', { cwd: root })
  .map((file) => fs.readFileSync(path.join(root, file), 'utf8'))
  .join('\n')

const exists = (name: string): boolean =>
  [`'${name}'`, `"${name}"`, `\`${name}\``].some((title) => new RegExp(`\\(\\s*${RegExp.escape(title)},`).test(suites))

test('every promise names a test, and every test it names exists', () => {
  expect(promises.length).toBeGreaterThan(30)
  const named = promises.flatMap((promise) => testsOf(promise).map((name) => ({ promise: promise.split('\n', 1)[0], name })))
  expect(named.filter(({ name }) => !exists(name))).toEqual([])
})

test('what is not promised is said', () => {
  expect(page).toContain('\n## Not promised\n')
})

test('the promises fit on a few screens', () => {
  expect(page.split('\n').length).toBeLessThanOrEqual(180)
})
