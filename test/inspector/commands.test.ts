// `troupe chart` and `troupe lint`, each in a process of its own. They need no server.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { troupe, json } from '../cli/troupe.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// Each process loads the actors of the main job: on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 60_000 })

const runtime = fileURLToPath(new URL('../../runtime/index.ts', import.meta.url))
const xstate = import.meta.resolve('xstate')

/** A module of definitions with one actor whose machine has these states. */
async function moduleWith(states: object): Promise<string> {
  const file = join(await temporaryFolder(), 'actors.ts')
  const machine = JSON.stringify({ id: 'shop', initial: 'open', states })
  await writeFile(
    file,
    `import { createMachine } from '${xstate}'\nimport { defineActor } from '${runtime}'\nexport const definitions = [defineActor({ name: 'shop', version: '1', machine: createMachine(${machine}) })]\n`,
  )
  return file
}

test('a chart is printed, or written to a file', async () => {
  const out = join(await temporaryFolder(), 'schedule.svg')
  const [printed, written] = await Promise.all([
    troupe(['chart', 'schedule', '--format', 'mermaid']),
    troupe(['chart', 'schedule', '--out', out, '--theme', 'dark']),
  ])
  expect(printed).toMatchObject({ code: 0, out: expect.stringMatching(/^stateDiagram-v2\n/) })
  expect(written).toMatchObject({ code: 0, out: '' })
  expect(await readFile(out, 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s)
})

test("a chart of someone's own actors is data when it is asked for", async () => {
  const file = await moduleWith({ open: { on: { close: 'shut' } }, shut: { type: 'final' } })
  const printed = await troupe(['chart', 'shop', '--module', file, '--format', 'json'])
  expect(json(printed)).toMatchObject({ id: 'shop', root: { initial: 'shop.open' } })
})

test('an actor type that is not there, a file that cannot be written and a format that is none are said with exit code 2', async () => {
  const [type, file, format] = await Promise.all([
    troupe(['chart', 'nobody']),
    troupe(['chart', 'schedule', '--out', join(await temporaryFolder(), 'none', 'x.svg')]),
    troupe(['chart', 'schedule', '--format', 'png']),
  ])
  expect(type).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_ARGUMENT_INVALID: .*'nobody'.*it has coordinator, /) })
  expect(file).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_ARGUMENT_INVALID: Writing the chart of schedule to /) })
  expect(format).toMatchObject({ code: 2, err: expect.stringContaining('svg, mermaid, json') })
})

test('lint has nothing to say of the main job, and exit code 1 for a machine with an error', async () => {
  const faulty = await moduleWith({ open: { on: { close: 'shut' } }, shut: {}, lost: {} })
  const [own, text, data] = await Promise.all([
    troupe(['lint']),
    troupe(['lint', '--module', faulty]),
    troupe(['lint', 'shop', '--module', faulty, '--json']),
  ])
  expect(own).toMatchObject({ code: 0, out: expect.stringMatching(/ 0 errors, 0 warnings\.\n$/) })
  expect(text.code).toBe(1)
  expect(text.out).toContain("error  shop  unreachable-state: Nothing leads to 'shop.lost'.\n  Give it a transition, or take it away.\n")
  expect(text.out).toContain('1 chart: 1 error, 1 warning.')
  expect(data.code).toBe(1)
  expect(json(data)).toMatchObject({
    ok: false,
    charts: [{ type: 'shop', findings: [{ rule: 'unreachable-state' }, { rule: 'dead-end' }], allowed: [] }],
  })
})

test('a module without definitions is said with exit code 2', async () => {
  expect(await troupe(['lint', '--module', 'nowhere.ts'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^TR_CLI_DEFINITIONS_NOT_FOUND: /),
  })
})
