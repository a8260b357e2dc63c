import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../support/source-files.ts'
import { pages, prose, read } from './pages.ts'

const all = pages().map((file) => ({ file, text: read(file) }))

test('the pages that others rely on are there', () => {
  const files = all.map(({ file }) => file)
  for (const name of ['README', 'ARCHITECTURE', 'CONTRIBUTING', 'client/README', 'docs/semantics', 'docs/errors', 'docs/protocol'])
    expect(files).toContain(`${name}.md`)
})

test('links between pages resolve, to their headings too', () => {
  const links = all.flatMap(({ file, text }) =>
    [...prose(text).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ file, target })),
  )
  expect(links.length).toBeGreaterThan(20)
  expect(links.filter(({ target }) => !/^[a-z]+:/.test(target)).filter((link) => !resolves(link))).toEqual([])
})

function resolves({ file, target }: { readonly file: string; readonly target: string }): boolean {
  const [name = '', heading] = target.split('#')
  const found = name === '' ? file : path.join(path.dirname(file), name)
  if (!fs.existsSync(path.join(root, found))) return false
  return heading === undefined || anchorsOf(read(found)).includes(heading)
}

const anchorsOf = (text: string): readonly string[] =>
  [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )

test('a file or folder that a page names is there', () => {
  const named = all.flatMap(({ file, text }) =>
    [...prose(text).matchAll(/(?:^|[^`])`([\w./-]+)`/g)].map(([, name = '']) => ({ file, name })).filter(({ name }) => isPath(name)),
  )
  expect(named.length).toBeGreaterThan(60)
  expect(
    named.filter(({ name, file }) => ![name, path.join(path.dirname(file), name)].some((one) => fs.existsSync(path.join(root, one)))),
  ).toEqual([])
})

/** A path from the project's folder on; what is fetched, kept or built is not there in a fresh checkout. */
const isPath = (name: string): boolean =>
  /^(?:machines|runtime|client|actors|services|test|bench|docs|deploy|scripts|bin)\//.test(name) && !name.includes('/dist')

test('every decision is in the list of decisions and has its four parts', () => {
  const list = read('docs/adr/README.md')
  const decisions = all.filter(({ file }) => /^docs\/adr\/\d{4}-/.test(file))
  expect(decisions.length).toBeGreaterThan(5)
  for (const { file, text } of decisions) {
    expect(list).toContain(`(${path.basename(file)})`)
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual([
      'Context',
      'Decision',
      'Consequences',
      'What would make us change it',
    ])
  }
})

test('the map of the code fits on a few screens', () => {
  expect(read('ARCHITECTURE.md').split('\n').length).toBeLessThanOrEqual(200)
})

test('every table of figures is described, and its rows are whole', () => {
  const described = read('docs/figures/README.md')
  for (const name of fs.globSync('*.csv', { cwd: path.join(root, 'docs/figures') })) {
    expect(described).toContain(`(${name})`)
    const widths = read(`docs/figures/${name}`)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',').length)
    expect(new Set(widths).size).toBe(1)
  }
})
