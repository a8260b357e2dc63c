// A small folder of documents, tables and code, and where the command line is.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const main = fileURLToPath(new URL('../../services/cli/main.ts', import.meta.url))

/** A temporary folder with the documents in `folder`. */
export function smallFolder(): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'troupe-main-job-'))
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(root, 'folder', file)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.writeFileSync(target, text)
  }
  return root
}

const lakes = `# Lakes of the valley
A lake is a body of still water that rivers fill and empty.

## How a lake freezes
Ice grows from the shore inwards, once the surface has cooled to four degrees and stays calm for some nights.
Fishermen measure its thickness every morning in January.

## Fish in the deep lake
Char live below forty metres, where the water stays cold in summer.
They are caught with long lines from small boats.
`

const trails = `# Trails
A trail is a path that is marked and kept open by the valley's two clubs.

## Marking a trail
Red and white marks stand at every fork, painted on rocks or posts, so that each can be seen from the one before.

## When a bridge is lost
The club closes the trail at both ends and tells the valley's office, which publishes the closure within an hour.
`

const files: Readonly<Record<string, string>> = {
  'lakes.md': lakes,
  'trails.md': trails,
  'depths.csv': 'lake,depth,visitors\nupper,42,1200\nlower,17,5400\nhidden,88,300\n',
  'closures.json': JSON.stringify([
    { trail: 'ridge', days: 12 },
    { trail: 'gorge', days: 30 },
  ]),
  'tools/depth.js':
    'export function mean(list) {\n  var sum = 0\n  for (const value of list) sum += value\n  return sum / list.length\n}\n',
  'tools/closures.py': 'def longest(rows):\n    # TODO: empty list\n    return max(rows, key=lambda row: row["days"])\n',
}
