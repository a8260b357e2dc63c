// Exports as files: what is opened and what is refused, and that a run is only ever data in them.
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bundleFormat, bundleVersion, keyOf, openBytesMax, readBundle, type Bundle } from '../../services/inspector/bundle/bundle.ts'
import { htmlOf } from '../../services/inspector/bundle/html.ts'
import { elementId } from '../../services/inspector/bundle/limits.ts'

const empty: Bundle = {
  format: bundleFormat,
  version: bundleVersion,
  made: { at: 1, by: 'ada', troupe: '0.1.0' },
  of: { kind: 'task', id: '42' },
  actors: [{ actor: 'main/task/42', first: 1, last: 9 }],
  cut: ['something'],
  answers: [{ path: '/tasks/42', status: 200, body: { id: '42' } }],
}
const code = { script: 'document.title = "page"', style: 'body { color: red }' }

const inlinedIn = (html: string): string => {
  const [, packed = ''] = new RegExp(`<script type="application/gzip" id="${elementId}">([^<]*)</script>`).exec(html) ?? []
  return gunzipSync(Buffer.from(packed, 'base64')).toString()
}

test('whatever a run holds comes back from the page that it is put into, as the same JSON', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary' }), async (body, id) => {
      const bundle: Bundle = { ...empty, of: { kind: 'actor', id }, answers: [{ path: '/x', status: 200, body }] }
      const text = inlinedIn(await htmlOf(bundle, code))
      expect(text).toBe(JSON.stringify(bundle))
      expect(readBundle(text, 'x')).toEqual(JSON.parse(text))
    }),
    { numRuns: 30 },
  )
})

test('text that looks like markup ends no element of the page, and its title is only text', async () => {
  const evil = '</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>'
  const html = await htmlOf(
    { ...empty, of: { kind: 'task', id: evil }, answers: [{ path: evil, status: 200, body: { [evil]: evil } }] },
    code,
  )
  expect(html).not.toContain('alert(1)</script>')
  expect(html).not.toContain('<img')
  expect([...html.matchAll(/<script/g)]).toHaveLength(2)
  expect(JSON.parse(inlinedIn(html)).answers[0].body).toEqual({ [evil]: evil })
})

test('the page may run its one script and nothing else, and load nothing from anywhere', async () => {
  const html = await htmlOf(empty, code)
  const [, policy = ''] = /Content-Security-Policy" content="([^"]+)"/.exec(html) ?? []
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain(`script-src ${hash(code.script)};`)
  expect(policy).toContain(`style-src ${hash(code.style)};`)
  expect(policy).not.toMatch(/unsafe|https?:|'self'|\*/)
  expect(html).not.toMatch(/\bsrc="|href="(?!data:,")/)
})

test('names that every object inherits are names like any other', () => {
  const text = JSON.stringify(empty).replace('{"id":"42"}', '{"__proto__":{"polluted":1},"constructor":"x"}')
  const [answer] = readBundle(text, 'x').answers
  expect(Object.entries(answer?.body ?? {})).toEqual([
    ['__proto__', { polluted: 1 }],
    ['constructor', 'x'],
  ])
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
  expect(() => readBundle('{"__proto__":{"format":"troupe-export"}}', 'x')).toThrow(
    expect.objectContaining({ code: 'TR_EXPORT_UNREADABLE' }),
  )
})

test.each([
  ['no JSON', '{', 'TR_EXPORT_UNREADABLE', /no JSON, or not all of it/],
  ['the page itself', '<!doctype html>', 'TR_EXPORT_UNREADABLE', /no JSON/],
  ['another file', '{"name":"troupe"}', 'TR_EXPORT_UNREADABLE', /no export of Troupe/],
  ['a list', '[]', 'TR_EXPORT_UNREADABLE', /no export of Troupe/],
  ['nothing', 'null', 'TR_EXPORT_UNREADABLE', /no export of Troupe/],
  ['another version', JSON.stringify({ ...empty, version: 2 }), 'TR_EXPORT_VERSION_UNKNOWN', /format 2, .* reads format 1/],
  ['one without a maker', JSON.stringify({ ...empty, made: {} }), 'TR_EXPORT_UNREADABLE', /when and by whom/],
  [
    'one of something else',
    JSON.stringify({ ...empty, of: { kind: 'fleet', id: 'x' } }),
    'TR_EXPORT_UNREADABLE',
    /what it is an export of/,
  ],
  ['actors without turns', JSON.stringify({ ...empty, actors: [{ actor: 'a' }] }), 'TR_EXPORT_UNREADABLE', /list of actors/],
  ['sentences that are none', JSON.stringify({ ...empty, cut: [1] }), 'TR_EXPORT_UNREADABLE', /left out/],
  ['answers without a question', JSON.stringify({ ...empty, answers: [{ status: 200, body: 1 }] }), 'TR_EXPORT_UNREADABLE', /answers/],
  ['answers that are missing', JSON.stringify({ ...empty, answers: undefined }), 'TR_EXPORT_UNREADABLE', /answers/],
  ['a file that is too large', ' '.repeat(openBytesMax + 1), 'TR_EXPORT_TOO_LARGE', /larger than 32 MiB/],
])('%s is refused, with the name of the file and what to do', (_, text, refused, says) => {
  const message = expect.stringMatching(new RegExp(`^opening run\\.json: .*(?:${says.source})`))
  expect(() => readBundle(text, 'run.json')).toThrow(expect.objectContaining({ code: refused, message }))
})

test('whatever is changed in an export, it is read as the same or refused with a code', () => {
  const text = JSON.stringify(empty)
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(4), fc.string({ maxLength: 3 }), (at, length, put) => {
      const changed = text.slice(0, at) + put + text.slice(at + length)
      try {
        expect(readBundle(changed, 'x')).toMatchObject({ format: bundleFormat, answers: expect.any(Array) })
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^TR_EXPORT_/) })
      }
    }),
    { numRuns: 500 },
  )
})

test('a question has one name, however it is spelled', () => {
  expect(keyOf('/actors/a%2Fb/history?before=3&limit=200')).toBe('/actors/a%2Fb/history?before=3')
  expect(keyOf('/tasks/42?tenant=main')).toBe('/tasks/42')
  expect(keyOf('/x?b=2&a=1')).toBe(keyOf('/x?a=1&limit=9&b=2'))
})
