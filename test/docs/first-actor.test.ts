import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { root } from '../support/source-files.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { read } from './pages.ts'

/** It takes half a second; nothing is left running when it does not end. */
const runMsMax = 9_000

test('the first actor of the README is docs/examples/first-actor.ts', () => {
  const [, block] = /## Your first actor[\s\S]*?```ts\n([\s\S]*?)```/.exec(read('README.md')) ?? []
  expect(block).toBe(read('docs/examples/first-actor.ts').replace(/^\/\/.*\n/, ''))
})

test('the first actor remembers what it was told by a process that has ended', async () => {
  const cwd = await temporaryFolder()
  const run = async (): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(root, 'docs/examples/first-actor.ts')], {
      cwd,
      timeout: runMsMax,
    })
    return stdout.trim()
  }
  expect([await run(), await run()]).toEqual(['5', '10'])
})
