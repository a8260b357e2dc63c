// The page as the gateway serves it.
import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPage, bundlePage, pagePaths } from '../../../services/gateway/page.ts'
import { sourceFiles } from '../../support/source-files.ts'

const scriptBytesMax = 60_000
const quiet = { error: () => {} }
let server: FastifyInstance

beforeAll(() => {
  server = fastify()
  addPage(server, quiet)
})
afterAll(() => server.close())

test('no page needs more script than can be loaded anywhere', async () => {
  const { script, chunks, style } = await bundlePage()
  const files = new Map([...chunks, ['/app.js', script]])
  const partsOf = (address: string, how: RegExp): readonly string[] =>
    [...(files.get(address)?.plain.toString() ?? '').matchAll(how)].map(([, name]) => `/${name}`)
  /** What is loaded with a file, itself included. */
  const closure = (address: string, known = new Set<string>()): ReadonlySet<string> => {
    if (known.has(address)) return known
    known.add(address)
    for (const part of partsOf(address, /(?:from|import)"\.\/(chunk-\w+\.js)"/g)) closure(part, known)
    return known
  }
  const lazy = [...files.keys()].flatMap((address) => partsOf(address, /import\("\.\/(chunk-\w+\.js)"\)/g))
  const sizes = ['/app.js', ...lazy].map((view) =>
    [...new Set([...closure('/app.js'), ...closure(view)])].reduce((sum, part) => sum + (files.get(part)?.encoded.gzip.length ?? 0), 0),
  )
  expect(lazy.length).toBeGreaterThan(5)
  expect(Math.max(...sizes)).toBeLessThan(scriptBytesMax)
  expect(style.encoded.gzip.length).toBeLessThan(scriptBytesMax / 4)
})

test('every page, and everything in it, is an address that can be loaded', async () => {
  const paths = ['/', ...pagePaths.flatMap((page) => [`/${page}`, `/${page}/a%2Fb/c@7`])]
  const answers = await Promise.all(paths.map((path) => server.inject(path)))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(paths.map(() => 200))
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  expect((await server.inject('/elsewhere')).statusCode).toBe(404)
})

test('the gateway serves an address for each page that the page has', () => {
  const paths = sourceFiles('services/inspector/web/pages').flatMap(({ code }) =>
    [...code.matchAll(/^ {2}path: '([\w-]+)',$|: Page = \{ path: '([\w-]+)'/gm)].map(([, one, other]) => one ?? other ?? ''),
  )
  expect(paths.toSorted()).toEqual([...pagePaths].toSorted())
})

test('the page runs nothing but its own files', async () => {
  const { headers, body } = await server.inject('/agents')
  const policy = String(headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/unsafe|\*|https?:/)
  expect(body).not.toMatch(/<script(?![^>]*\bsrc=")|\bstyle="|\bon\w+="/)
  const sources = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source)
  expect(sources.filter((source) => !source?.startsWith('/') && source !== 'data:,')).toEqual([])
})

test('a browser keeps the files until their content changes', async () => {
  const { body } = await server.inject('/')
  const [, script = ''] = /src="(\/app\.js\?v=\w+)"/.exec(body) ?? []
  const kept = await server.inject(script)
  expect(kept.headers['cache-control']).toContain('immutable')
  expect((await server.inject('/app.js')).headers['cache-control']).toBe('no-cache')
  expect((await server.inject('/app.js?v=old')).headers['cache-control']).toBe('no-cache')
  const again = await server.inject({ url: script, headers: { 'if-none-match': String(kept.headers['etag']) } })
  expect([again.statusCode, again.body]).toEqual([304, ''])
})

test('a part of the script is kept for good, and one that is gone says what to do', async () => {
  const { chunks } = await bundlePage()
  const [address = ''] = chunks.keys()
  const { statusCode, headers } = await server.inject(address)
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8'])
  expect(headers['cache-control']).toContain('immutable')
  expect((await server.inject('/chunk-AAAAAAAA.js')).statusCode).toBe(404)
})

test('who takes less is sent less', async () => {
  const { script } = await bundlePage()
  const answer = await server.inject({ url: '/app.js', headers: { 'accept-encoding': 'gzip, br' } })
  expect(answer.headers['content-encoding']).toBe('br')
  expect(answer.rawPayload.length).toBe(script.encoded.br.length)
  expect((await server.inject('/app.js')).headers['content-encoding']).toBeUndefined()
})

test("the page imports only itself, pure code and types: none of the server's", () => {
  const wrong = sourceFiles('services/inspector/web').flatMap(({ file, code, node }) => {
    // An import of types alone leaves nothing in the bundle.
    const kept = [...code.matchAll(/^(?:import|export) (?!type\b)[^'"`;]*?\bfrom '(\.[^']+)'/gm)].map(([, name = '']) => name)
    const outside = kept.map((name) => new URL(name, `file:///${file}`).pathname.slice(1))
    const allowed =
      /^(services\/inspector\/web|machines)\/|^services\/inspector\/bundle\/(bundle|errors|limits)\.ts$|^services\/inspector\/chart\/(boxes|chart-tree|measure|rows|svg-icons)\.ts$/
    return [...node, ...outside.filter((name) => !allowed.test(name))].map((name) => `${file} imports ${name}`)
  })
  expect(wrong).toEqual([])
})
