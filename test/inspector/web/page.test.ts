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

test('the script is small enough to be loaded anywhere', async () => {
  const { script, style } = await bundlePage()
  expect(script.encoded.gzip.length).toBeLessThan(scriptBytesMax)
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
    const allowed = /^(services\/inspector\/web|machines)\/|^services\/inspector\/chart\/(boxes|measure|rows|svg-icons)\.ts$/
    return [...node, ...outside.filter((name) => !allowed.test(name))].map((name) => `${file} imports ${name}`)
  })
  expect(wrong).toEqual([])
})
