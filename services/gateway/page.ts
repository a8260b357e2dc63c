// Page
// The inspector's page: bundled once when the gateway starts, kept in memory, and served at every address that the page gives a meaning.
//
// B1. Nothing but its own files runs in it: the policy it is sent with names no other source.
// B2. A browser keeps a file for as long as its content is the same: the address holds its hash.
import { createHash } from 'node:crypto'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { build, type OutputFile } from 'esbuild'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../../runtime/telemetry.ts'
import type { PageCode } from '../inspector/bundle/html.ts'
import { PageNotBuilt, ResourceMissing } from './errors.ts'

/** The first parts of the page's addresses: services/inspector/web/pages/index.ts has a page for each. */
export const pagePaths = ['fleet', 'agents', 'machines', 'tasks', 'coordinator', 'dead-letters', 'alerts', 'compare'] as const

interface PageFile {
  readonly path: string
  readonly type: string
  readonly hash: string
  readonly plain: Buffer
  readonly encoded: Readonly<Record<'br' | 'gzip', Buffer>>
}

export interface PageFiles {
  readonly html: PageFile
  readonly script: PageFile
  /** Parts of the script that a browser asks for when they are needed, by address; their names hold their hash. */
  readonly chunks: ReadonlyMap<string, PageFile>
  readonly style: PageFile
}

const folder = fileURLToPath(new URL('../inspector/web/', import.meta.url))
const hashLength = 16
const keptSeconds = 31_536_000

/** B1; `connect-src 'self'` is the API and the WebSocket on the same address. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/** Requests that come before it is bundled wait for it. */
export function addPage(server: FastifyInstance, log: Pick<Logger, 'error'>): void {
  const building = bundlePage()
  building.catch((error: unknown) => log.error({ error }, 'the page was not built'))
  const serve = (url: string, pick: (files: PageFiles, request: FastifyRequest) => PageFile): void => {
    server.get(url, { schema: { hide: true } }, async (request, reply) => answer(pick(await building, request), request, reply))
  }
  serve('/app.js', ({ script }) => script)
  serve('/app.css', ({ style }) => style)
  serve(String.raw`/:chunk(^chunk-\w+\.js$)`, chunkOf)
  for (const url of ['/', ...pagePaths.flatMap((page) => [`/${page}`, `/${page}/*`])]) serve(url, ({ html }) => html)
}

/** Throws ResourceMissing. */
function chunkOf({ chunks }: PageFiles, { url }: FastifyRequest): PageFile {
  const [address = ''] = url.split('?', 1)
  const chunk = chunks.get(address)
  if (!chunk) throw new ResourceMissing(`${address}: the page that this gateway serves has no such part; load it again`)
  return chunk
}

/** Throws PageNotBuilt. */
export async function bundlePage(): Promise<PageFiles> {
  const [scripts, styles] = await Promise.all([bundled('main.tsx', 'js'), bundled('styles/app.css', 'css')])
  const [script, style] = [scripts.get('/app.js'), styles.get('/app.css')]
  if (!script || !style) throw new PageNotBuilt("bundling the page: esbuild has not written 'app.js' and 'app.css'")
  const chunks = new Map([...scripts].filter(([address]) => address !== '/app.js'))
  return { script, chunks, style, html: await fileOf('/', 'text/html; charset=utf-8', htmlOf(script, style)) }
}

const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' } as const

let singlePage: Promise<PageCode> | undefined

/** The same page as one script and one style, for exports. Throws PageNotBuilt. */
export function bundleSinglePage(): Promise<PageCode> {
  singlePage ??= buildSinglePage()
  singlePage.catch(() => (singlePage = undefined)) // what failed is tried again
  return singlePage
}

async function buildSinglePage(): Promise<PageCode> {
  const [[script], [style]] = await Promise.all([built('main.tsx', false), built('styles/app.css', false)])
  const endsEarly = /<\/(?:script|style)|<!--|\r/i // it would not be the text that its hash is of
  if (!script || !style || endsEarly.test(script.text + style.text))
    throw new PageNotBuilt('bundling the page for an export: its script or style cannot stand inside a page')
  return { script: script.text, style: style.text }
}

/** By address. */
async function bundled(entry: string, kind: keyof typeof types): Promise<ReadonlyMap<string, PageFile>> {
  const outputFiles = await built(entry, kind === 'js')
  const files = outputFiles.map(({ path: file, text }) => fileOf(`/${path.basename(file)}`, types[kind], text))
  return new Map((await Promise.all(files)).map((file) => [file.path, file]))
}

/** Throws PageNotBuilt. */
async function built(entry: string, splitting: boolean): Promise<readonly OutputFile[]> {
  try {
    const { outputFiles } = await build({
      entryPoints: [{ in: `${folder}${entry}`, out: 'app' }],
      bundle: true,
      splitting,
      chunkNames: 'chunk-[hash]',
      write: false,
      outdir: folder, // nothing is written there: names are made from it
      minify: true,
      format: 'esm',
      platform: 'browser',
      charset: 'utf8',
      target: 'es2023',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      logLevel: 'silent',
      legalComments: 'none',
    })
    return outputFiles
  } catch (cause) {
    throw new PageNotBuilt(`bundling the page's ${entry}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

async function fileOf(address: string, type: string, text: string): Promise<PageFile> {
  const plain = Buffer.from(text)
  const [br, zipped] = await Promise.all([promisify(brotliCompress)(plain), promisify(gzip)(plain, { level: 9 })])
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, hashLength)
  return { path: address, type, hash, plain, encoded: { br, gzip: zipped } }
}

/** It works without its script as far as it says that it needs it. */
const htmlOf = (script: PageFile, style: PageFile): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Troupe</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${addressOf(style)}">
<script type="module" src="${addressOf(script)}"></script>
</head>
<body>
<div id="app"><noscript>The inspector needs JavaScript. The same is in the API: <a href="/v1/docs">/v1/docs</a>.</noscript></div>
</body>
</html>
`

const addressOf = ({ path: address, hash }: PageFile): string => `${address}?v=${hash}`

function answer({ path: address, type, hash, plain, encoded }: PageFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const tag = `"${hash}"`
  const { v } = request.query as { readonly v?: unknown }
  const isKept = v === hash || address.startsWith('/chunk-') // B2
  void reply
    .header('Content-Security-Policy', policy)
    .header('Cache-Control', isKept ? `public, max-age=${keptSeconds}, immutable` : 'no-cache')
    .header('ETag', tag)
    .header('Vary', 'Accept-Encoding')
    .type(type)
  if (request.headers['if-none-match'] === tag) return reply.code(304).send()
  const accepted = request.headers['accept-encoding'] ?? ''
  const encoding = (['br', 'gzip'] as const).find((name) => accepted.includes(name))
  return encoding ? reply.header('Content-Encoding', encoding).send(encoded[encoding]) : reply.send(plain)
}
