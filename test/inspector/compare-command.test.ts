// `troupe compare`, in a process of its own: two versions of a machine without a server, and two runs of a whole system.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import type { ActorEvent } from '../../machines/message.ts'
import { json, troupe, type Ended } from '../cli/troupe.ts'
import { clerk } from '../gateway/actors-clerk.ts'
import { stackForTests } from '../gateway/actors-stack.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// Each process loads the actors of the main job: on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 60_000 })

const stack = stackForTests({ definitions: () => Promise.resolve([clerk]) })
const module = fileURLToPath(new URL('../gateway/actors-clerk.ts', import.meta.url))
const runtime = fileURLToPath(new URL('../../runtime/index.ts', import.meta.url))
/** What a program loads: tests load the one for development, whose machines are of another class. */
const xstate = import.meta.resolve('xstate').replace('.development', '')

const run = (...args: readonly string[]): Promise<Ended> => {
  const { natsUrl, databaseUrl, parts } = stack()
  return troupe(['compare', ...args, '--module', module], {
    NATS_URL: natsUrl,
    DATABASE_URL: databaseUrl,
    TROUPE_NAMESPACE: parts.namespace,
  })
}

async function send(key: string, ...events: readonly ActorEvent[]): Promise<void> {
  for (const event of events) await stack().client.send(`main/clerk/${key}`, event)
  await stack().projected(`main/clerk/${key}`, events.length + 1)
}

/** A module with one actor of two versions, the first with these states. */
async function moduleWith(before: object, after: object): Promise<string> {
  const file = join(await temporaryFolder(), 'actors.ts')
  const machine = (states: object): string => `createMachine(${JSON.stringify({ id: 'shop', initial: 'open', states })})`
  await writeFile(
    file,
    `import { createMachine } from '${xstate}'\nimport { defineActor } from '${runtime}'\n` +
      `const before = defineActor({ name: 'shop', version: '1', machine: ${machine(before)} })\n` +
      `export const definitions = [defineActor({ name: 'shop', version: '2', machine: ${machine(after)}, previous: [before] })]\n`,
  )
  return file
}

test('two versions of a machine are told line by line, and as data; those of two builds too', async () => {
  const [one, two] = [
    { open: { on: { close: 'shut' } }, shut: {} },
    { open: { on: { close: 'shut', lock: 'locked' } }, shut: {}, locked: {} },
  ]
  const file = await moduleWith(one, two)
  const released = await moduleWith(two, one)
  const [text, data, builds] = await Promise.all([
    troupe(['compare', 'shop', '--module', file]),
    troupe(['compare', 'shop', '--from', '2', '--to', '1', '--module', file, '--json']),
    troupe(['compare', 'shop', '--module', file, '--against', released]),
  ])
  expect(text.out.split('\n')).toEqual([
    'added  state  locked',
    'added  transition  open, lock → locked',
    expect.stringMatching(/^shop 1 \(\w+\) → 2 \(\w+\): 2 added, 0 removed, 0 changed, 4 the same\.$/),
    '',
  ])
  expect(json(data)).toMatchObject({ type: 'shop', from: { version: '2' }, counts: { removed: 2 }, differences: [{ tone: 'removed' }, {}] })
  expect(builds.out).toContain('added  state  locked')
})

test('two runs are told with where they part, what each came to and what differs at the end', async () => {
  await send('a', { type: 'say', word: 'x' }, { type: 'wait' })
  await send('b', { type: 'say', word: 'LOUD' }, { type: 'login', password: 'hunter2' })
  const { code, out } = await run('clerk/a', 'main/clerk/b')
  expect(code).toBe(0)
  expect(out).toMatch(/^After 1 turn alike they part: .*guard isLoud said no in A and yes in B/)
  expect(out).toMatch(/only A +waiting +1 +0/)
  expect(out).toMatch(/words\[0\] +"x" +"\(loud\)"/)
  expect(out).not.toContain('hunter2')
  const data = json(await run('clerk/a@2', 'clerk/a@3', '--json'))
  expect(data).toMatchObject({
    type: 'clerk',
    a: { to: 2 },
    b: { to: 3 },
    parting: { alike: 2, divergence: { kind: 'end', b: { turn: 3 } } },
  })
})

test('what cannot be compared is said with a code, and what to do', async () => {
  await send('c', { type: 'wait' })
  const [alone, unknown, missing, version] = await Promise.all([
    run('clerk/c'),
    run('nobody'),
    run('clerk/c', 'clerk/nobody'),
    run('clerk', '--from', '9'),
  ])
  expect(alone).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_ARGUMENT_INVALID: .*another one/) })
  expect(unknown).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_ARGUMENT_INVALID: .*'nobody'.*it has clerk/) })
  expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('TR_CLI_NOT_FOUND') })
  expect(version).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_VERSION_NOT_HOSTED: .*it has 1 \(/) })
})
