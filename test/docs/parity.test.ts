import { expect, test } from 'vitest'
import { read, tableRows } from './pages.ts'

test('docs/configuration.md has every setting with its default, and no other', () => {
  const source = read('services/settings.ts')
  const settings = [...source.matchAll(/^ {2}([A-Z][A-Z_]+): (.+),$/gm)].map(([, name = '', decoder = '']) => ({
    name,
    fallback: /\.default\('([^']+)'\)/.exec(decoder)?.[1],
  }))
  const rows = new Map(tableRows(read('docs/configuration.md'), 'setting', 'default').map(([name = '', ...cells]) => [name, cells]))
  expect(settings.length).toBeGreaterThan(15)
  expect([...rows.keys()].toSorted()).toEqual(settings.map(({ name }) => name).toSorted())
  for (const { name, fallback } of settings) if (fallback !== undefined) expect([name, rows.get(name)?.[0]]).toEqual([name, fallback])
})

test('docs/configuration.md has every variable that the search for nats-server reads', () => {
  const variables = [...read('scripts/find-nats.mjs').matchAll(/\benv\.([A-Z_]+)/g)].map(([, name = '']) => name)
  const rows = tableRows(read('docs/configuration.md'), 'variable', 'default').map(([name = '']) => name)
  expect(rows.toSorted()).toEqual([...new Set(variables)].filter((name) => name !== 'PATH').toSorted())
})

test('docs/observability.md has every metric with its kind, and no other', () => {
  const counted = [...read('runtime/telemetry.ts').matchAll(/\b(counter|histogram)\('(\w+)'/g)].map(
    ([, kind, name]) => `troupe_${name} ${kind}`,
  )
  const observed = [...read('runtime/worker.ts').matchAll(/\.gauge\('(\w+)'/g)].map(([, name]) => `troupe_${name} gauge`)
  expect(observed.length).toBeGreaterThan(0)
  const rows = tableRows(read('docs/observability.md'), 'metric', 'kind').map(([name, kind]) => `${name} ${kind}`)
  expect(rows.toSorted()).toEqual([...counted, ...observed].toSorted())
})

test('docs/observability.md has every attribute of a model call, and no other', () => {
  const names = [...read('services/llm/traced.ts').matchAll(/'((?:gen_ai|troupe\.effect)\.[\w.]+)'/g)].map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(5)
  expect(
    tableRows(read('docs/observability.md'), 'attribute', 'value')
      .map(([name = '']) => name)
      .toSorted(),
  ).toEqual([...new Set(names)].toSorted())
})

test('docs/dependencies.md names no package that is not declared', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'))
  const declared = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
  const page = read('docs/dependencies.md')
  const cells = page.split('\n').flatMap((line) => (line.startsWith('| `') ? (line.split('|')[1] ?? '') : []))
  const named = cells.flatMap((cell) => [...cell.replace(/\(.*\)/, '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
  expect(
    named.filter((name) => !declared.some((one) => one === name || (name.endsWith('/*') && one.startsWith(name.slice(0, -1))))),
  ).toEqual([])
})

test('the README has every command of the command line, and no other', () => {
  const files = [
    'dev',
    'run',
    ...[...read('services/cli/commands/index.ts').matchAll(/from '\.\/(\w+)\.ts'/g)].map(([, name = '']) => name),
  ]
  const rows = tableRows(read('README.md'), 'command', 'does').flatMap(([names = '']) => names.split(', '))
  expect(rows.toSorted()).toEqual([...new Set(files)].toSorted())
})

test('docs/glossary.md is in order, one line a term', () => {
  const terms = tableRows(read('docs/glossary.md'), 'term', 'meaning').map(([term = '']) => term)
  expect(terms.length).toBeGreaterThan(40)
  expect(terms).toEqual([...new Set(terms)].toSorted((one, other) => one.localeCompare(other, 'en')))
})
