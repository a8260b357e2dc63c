// HTML
// An export as one file that opens by itself: the page's own script and style, and the bundle.
//
// H1. The file loads nothing and runs nothing but that one script: its policy names the script and the style by their hashes, and no source at all.
// H2. The bundle is data in it: gzipped and in base64, so that no text of a run can end the element it stands in.
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Bundle } from './bundle.ts'
import { elementId } from './limits.ts'

/** The page as one script and one style. */
export interface PageCode {
  readonly script: string
  readonly style: string
}

export async function htmlOf(bundle: Bundle, { script, style }: PageCode): Promise<string> {
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`
  const packed = await promisify(gzip)(JSON.stringify(bundle), { level: 9 }) // H2
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(bundle.of.id)} · Troupe</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="app"><noscript>This export of Troupe needs JavaScript. It loads nothing from anywhere.</noscript></div>
<script type="application/gzip" id="${elementId}">${packed.toString('base64')}</script>
<script type="module">${script}</script>
</body>
</html>
`
}

/** H1 */
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
