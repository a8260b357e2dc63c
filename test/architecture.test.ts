import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root, sourceFile, sourceFiles, type SourceFile } from './support/source-files.ts'

/** Four floors: what each may import, itself aside. */
const floors: Record<string, readonly string[]> = {
  machines: [],
  runtime: ['machines'],
  client: ['machines'],
  actors: ['machines', 'runtime'],
  services: ['machines', 'runtime', 'client', 'actors'],
}

/** Where a package may be imported. One that is not in here may be imported nowhere on the floors: a new one gets a door first. */
const doors: Record<string, readonly string[]> = {
  xstate: ['machines/', 'runtime/', 'actors/'],
  croner: ['machines/'],
  zod: ['actors/', 'services/'],
  nats: ['runtime/nats/', 'client/', 'services/stack/'],
  '@nats-io/jetstream': ['runtime/nats/', 'client/', 'services/stack/'],
  '@nats-io/kv': ['runtime/nats/'],
  openai: ['services/llm/'],
  '@mikro-orm/core': ['services/history/', 'services/projector/'],
  '@mikro-orm/migrations': ['services/history/', 'services/projector/'],
  '@mikro-orm/postgresql': ['services/history/', 'services/projector/'],
  '@qdrant/js-client-rest': ['services/memory/'],
  'csv-parse': ['services/tools/'],
  fastify: ['services/gateway/', 'services/stately/'],
  '@fastify/cors': ['services/gateway/'],
  '@fastify/helmet': ['services/gateway/'],
  '@fastify/rate-limit': ['services/gateway/'],
  '@fastify/swagger': ['services/gateway/'],
  '@fastify/swagger-ui': ['services/gateway/'],
  '@fastify/websocket': ['services/gateway/', 'services/stately/'],
  'fastify-type-provider-zod': ['services/gateway/'],
  jose: ['services/gateway/'],
  casbin: ['services/gateway/'],
  esbuild: ['services/gateway/'],
  preact: ['services/inspector/web/'],
  '@preact/signals': ['services/inspector/web/'],
  commander: ['services/cli/'],
  elkjs: ['services/inspector/chart/elk.ts'],
  pino: ['services/'],
  '@opentelemetry/api': ['runtime/', 'client/', 'services/'],
  '@opentelemetry/context-async-hooks': ['services/'],
  '@opentelemetry/core': ['services/'],
  '@opentelemetry/exporter-prometheus': ['services/'],
  '@opentelemetry/exporter-trace-otlp-http': ['services/'],
  '@opentelemetry/resources': ['services/'],
  '@opentelemetry/sdk-metrics': ['services/'],
  '@opentelemetry/sdk-trace': ['services/'],
}

/** Imports against the floors, each with its reason. May only shrink. */
const exceptions = [
  'services/stack/nats.ts imports scripts/find-nats.mjs', // one search for nats-server, which also runs before the install
  'services/version.ts imports package.json', // the one place that reads the version
]

const sources = sourceFiles(...Object.keys(floors))

function violations(of: (source: SourceFile) => readonly string[]): string[] {
  return sources.flatMap(of)
}

const folderOf = (file: string): string => file.split('/', 1)[0] ?? ''
const isMain = (file: string): boolean => /^services\/[^/]+\/main\.ts$/.test(file)

test('a file imports from its own floor or a lower one', () => {
  const wrong = violations(({ file, files }) => {
    const allowed = [folderOf(file), ...(floors[folderOf(file)] ?? [])]
    return files.filter((name) => !allowed.includes(folderOf(name))).map((name) => `${file} imports ${name}`)
  })
  expect(wrong.filter((line) => !exceptions.includes(line))).toEqual([])
})

test('machines are pure: no I/O, no clock, no chance, no environment', () => {
  const impure =
    /\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bMath\.random\b|\bcrypto\b|\bprocess\.|\bsetTimeout\b|\bsetInterval\b|\bfetch\(|\bconsole\./g
  const wrong = violations(({ file, code, node }) =>
    folderOf(file) === 'machines' ? [...node, ...(code.match(impure) ?? [])].map((what) => `${file}: ${what}`) : [],
  )
  expect(wrong).toEqual([])
})

test('the kernel takes time and chance from its ports, so that a simulation can give them', () => {
  const wild = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\brandomUUID\b/g
  const wrong = violations(({ file, code }) =>
    folderOf(file) === 'runtime' && !file.startsWith('runtime/nats/') && file !== 'runtime/system.ts'
      ? (code.match(wild) ?? []).map((what) => `${file}: ${what}`)
      : [],
  )
  expect(wrong).toEqual([])
})

test('only services know that the runtime runs on NATS', () => {
  const wrong = violations(({ file, files }) =>
    file.startsWith('runtime/nats/') || folderOf(file) === 'services'
      ? []
      : files.filter((name) => name.startsWith('runtime/nats/')).map((name) => `${file} imports ${name}`),
  )
  expect(wrong).toEqual([])
})

test("only a process's main.ts reads the environment", () => {
  expect(violations(({ file, code }) => (!isMain(file) && /\bprocess\.env\b/.test(code) ? [file] : []))).toEqual([])
})

test('nobody imports a main.ts', () => {
  expect(violations(({ file, files }) => files.filter(isMain).map((name) => `${file} imports ${name}`))).toEqual([])
})

test('a package is imported behind its door only', () => {
  const wrong = violations(({ file, packages }) =>
    packages.filter((name) => !(doors[name] ?? []).some((door) => file.startsWith(door))).map((name) => `${file} imports ${name}`),
  )
  expect(wrong).toEqual([])
})

test('what is imported is declared, with an exact version', () => {
  const declared = (file: string): Record<string, string> => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8')).dependencies ?? {}
  const [ours, client] = [declared('package.json'), declared('client/package.json')]
  const wrong = violations(({ file, packages }) => {
    const known = folderOf(file) === 'client' ? client : ours
    return packages.filter((name) => known[name] === undefined).map((name) => `${file} imports ${name}, which is not declared`)
  })
  expect(wrong).toEqual([])
  expect(Object.entries({ ...ours, ...client }).filter(([, version]) => !/^(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
})

test('every package that is declared says in docs/dependencies.md what it is for', () => {
  const page = fs.readFileSync(path.join(root, 'docs/dependencies.md'), 'utf8')
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
  const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
  expect(names.length).toBeGreaterThan(20)
  expect(names.filter((name) => !page.includes(`\`${name}\``) && !page.includes(`\`${path.dirname(name)}/*\``))).toEqual([])
})

test('services do not depend on each other in a circle', () => {
  const serviceOf = (file: string): string | undefined => /^services\/([^/]+)\//.exec(file)?.[1]
  const uses = new Map<string, Set<string>>()
  for (const { file, files } of sources) {
    const [from, to] = [serviceOf(file), files.flatMap((name) => serviceOf(name) ?? [])]
    if (from !== undefined) uses.set(from, new Set([...(uses.get(from) ?? []), ...to.filter((service) => service !== from)]))
  }
  expect(circleIn(uses)).toEqual([])
})

/** The services on a circle; takes away what uses nothing that is left, until nothing more goes. */
function circleIn(uses: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const left = new Map(uses)
  for (let before = -1; before !== left.size;) {
    before = left.size
    for (const [service, used] of left) if (![...used].some((one) => left.has(one))) left.delete(service)
  }
  return [...left.keys()]
}

test('these rules see what they judge', () => {
  const { code, files, packages, node } = sourceFile(
    'services/llm/example.ts',
    [
      "import type { A } from '../../runtime/nats/log.ts'",
      "export * from './b.ts'",
      "import 'c'",
      "await import('@d/e/f')",
      "import fs from 'node:fs'",
      "const url = 'http://x' // import 'no'",
      "/* import 'no' */",
    ].join('\n'),
  )
  expect({ files, packages, node }).toEqual({
    files: ['runtime/nats/log.ts', 'services/llm/b.ts'],
    packages: ['c', '@d/e'],
    node: ['node:fs'],
  })
  expect(code).toContain("'http://x'")
  expect(
    circleIn(
      new Map([
        ['a', new Set(['b'])],
        ['b', new Set(['a'])],
        ['c', new Set(['a'])],
        ['d', new Set<string>()],
      ]),
    ),
  ).toEqual(['a', 'b', 'c'])
  expect(new Set(sources.map(({ file }) => folderOf(file))).size).toBeGreaterThan(3)
})
