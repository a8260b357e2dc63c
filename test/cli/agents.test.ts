// Agents and skills from the command line, against a real stack: one worker with the main job's actors, and a projector.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { troupeActors } from '../../actors/index.ts'
import { circuitDefaults } from '../../machines/circuit.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { startWorker } from '../../runtime/worker.ts'
import { natsCircuitStore, openCircuits } from '../../services/circuits/index.ts'
import { openDatabase } from '../../services/history/database.ts'
import { followLog } from '../../services/projector/follow-log.ts'
import { startProjector } from '../../services/projector/projector.ts'
import { startStack } from '../../services/stack/stack.ts'
import { fakePorts } from '../support/actor-ports.ts'
import { json, troupe, type Ended } from './troupe.ts'

const partitions = 4
const example = 'docs/examples/agent.json'
const ending = new AsyncDisposableStack()
let folder = ''
let connection: Awaited<ReturnType<typeof connectNats>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'troupe-agents-'))
  ending.defer(() => rm(folder, { recursive: true, force: true }))
  const stack = await startStack({ folder, log: () => {} })
  ending.defer(() => stack.close())
  connection = await connectNats({ servers: stack.natsUrl, name: 'test' })
  ending.defer(() => connection.close())
  await createNamespace(connection, { namespace: 'troupe', partitions })
  const ports = await natsPorts(connection, 'troupe')
  const worker = await startWorker({ ports, definitions: troupeActors(fakePorts([])), options: { flushEveryMs: 50, tickMs: 20 } })
  ending.defer(() => worker.drain())
  await vi.waitUntil(() => worker.owned.length === partitions, { timeout: 10_000 })
  const orm = await openDatabase(stack.databaseUrl)
  ending.defer(() => orm.close(true))
  const report = { advanced() {}, retrying() {}, stopped() {} }
  const follow = followLog(ports, { sweepMs: 20 })
  const projector = await startProjector({ namespace: 'troupe', partitions, log: ports.log, follow, orm, report })
  ending.defer(() => projector.drain())
}, 60_000)
afterAll(() => ending.disposeAsync(), 30_000)

const here = (...args: readonly string[]): Promise<Ended> => troupe([...args, '--data', folder])

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, JSON.stringify(content))
  return path
}

/** Until the history has it. */
const eventually = (args: readonly string[], pattern: RegExp): Promise<Ended> =>
  vi.waitFor(
    async () => {
      const ended = await here(...args)
      expect(ended.out).toMatch(pattern)
      return ended
    },
    { timeout: 20_000, interval: 100 },
  )

test('the example of the page is defined, listed, shown, disabled, and defined again without a change', { timeout: 120_000 }, async () => {
  expect(JSON.parse(await readFile(example, 'utf8'))).toHaveProperty('agents')
  const defined = await here('agents', 'define', example)
  expect(defined).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^citing@1 +published$[^]+^contract-reader +defined, revision 1$/m),
  })
  expect((await here('agents', 'define', example, '--json')).out).toContain('"changed":false')
  await eventually(['agents', '--skill', 'citing'], /^contract-reader +main +active +researcher/m)
  const shown = await eventually(['agents', 'contract-reader'], /^cards +any model selectable$/m)
  expect(shown.out).toMatch(/^from +the registry, revision 1$[^]+^owner +legal$[^]+^skills +citing@1$[^]+^instructions/m)
  const inUse = await here('skills', 'remove', 'citing@1')
  expect(inUse).toMatchObject({ code: 1, err: expect.stringMatching(/^TR_SKILL_IN_USE: [^\n]+\n$/) })
  expect(await here('agents', 'disable', 'contract-reader', '--revision', '7')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^TR_AGENT_CHANGED: [^\n]+\n$/),
  })
  expect(await here('agents', 'disable', 'contract-reader')).toMatchObject({
    code: 0,
    out: 'contract-reader is disabled now, revision 2\n',
  })
  await eventually(['agents', '--status', 'disabled'], /^contract-reader/m)
  expect(await here('agents', 'enable', 'contract-reader')).toMatchObject({ out: 'contract-reader is active now, revision 3\n' })
})

test(
  'many agents of one file each get their result, in its order, and one that is wrong does not hold up the others',
  { timeout: 60_000 },
  async () => {
    const many = Array.from({ length: 300 }, (_, n) => ({ name: `many-${n}`, kind: n === 7 ? 'wizard' : 'analyst', costClass: 'free' }))
    const path = await file('many.json', many)
    const began = performance.now()
    const ended = await here('agents', 'define', path, '--key', 'first', '--json')
    console.log(`300 agents defined from the command line in ${Math.round(performance.now() - began)} ms`)
    const { agents } = json(ended) as { agents: readonly { name: string; ok: boolean; code?: string }[] }
    expect([ended.code, agents.map(({ name }) => name)]).toEqual([1, many.map(({ name }) => name)])
    expect(agents.filter(({ ok }) => !ok)).toMatchObject([{ name: 'many-7', code: 'TR_AGENT_INVALID' }])
    const again = json(await here('agents', 'define', path, '--key', 'first', '--json'))
    expect(again, 'the same key is answered as it was').toEqual({ skills: [], agents })
    await eventually(['agents', '--kind', 'analyst', '--text', 'many-299', '--limit', '1'], /^many-299/m)
    const seen: string[] = []
    for (let after: string | undefined, page = 0; page === 0 || after !== undefined; page++) {
      const read = await here(
        'agents',
        '--cost-class',
        'free',
        '--limit',
        '100',
        '--json',
        ...(after === undefined ? [] : ['--after', after]),
      )
      const { agents: some, next } = json(read) as { agents: readonly { agent: string }[]; next: string | null }
      seen.push(...some.map(({ agent }) => agent))
      after = next ?? undefined
    }
    expect(seen.toSorted()).toEqual(many.flatMap(({ name, kind }) => (kind === 'wizard' ? [] : [name])).toSorted())
  },
)

test(
  'the kinds of the roster are listed beside the agents that were defined, and actors are another command',
  { timeout: 60_000 },
  async () => {
    await eventually(['agents', '--status', 'active', '--limit', '1000'], /^researcher +main +active +researcher/m)
    expect((await here('agents', 'researcher')).out).toMatch(/^from +the roster/m)
    expect((await here('actors', '--type', 'registry')).out).toMatch(/registry/)
  },
)

test('skills are published, listed and removed, and a version cannot be published anew', { timeout: 60_000 }, async () => {
  const skill = { name: 'rhyming', version: '1', instructions: 'Rhyme.', tools: [] }
  const published = await here('skills', 'define', await file('skill.json', { skills: [skill] }))
  expect(published).toMatchObject({ code: 0, out: expect.stringMatching(/^rhyming@1 +published$/m) })
  const other = await here('skills', 'define', await file('other.json', { skills: [{ ...skill, instructions: 'Do not.' }] }))
  expect(other).toMatchObject({ code: 1, out: expect.stringContaining('TR_SKILL_VERSION_TAKEN') })
  expect((await here('skills')).out).toMatch(/^rhyming@1 +no/m)
  expect((await here('skills', 'rhyming@1')).out).toMatch(/^instructions +Rhyme\.$/m)
  expect(await here('skills', 'remove', 'rhyming@1')).toMatchObject({ code: 0, out: 'rhyming@1 is removed.\n' })
})

test('what cannot be read, or is not there, is said in one sentence with its code', { timeout: 60_000 }, async () => {
  const wrong = await file('wrong.json', { agents: [], colour: 'red' })
  const cases: readonly [readonly string[], number, string][] = [
    [['agents', 'define', join(folder, 'nowhere.json')], 2, 'TR_CLI_ARGUMENT_INVALID'],
    [['agents', 'define', wrong], 2, 'TR_CLI_ARGUMENT_INVALID'],
    [['agents', 'define', example, '--revision', 'x'], 2, 'TR_CLI_ARGUMENT_INVALID'],
    [['agents', 'nobody'], 2, 'TR_CLI_NOT_FOUND'],
    [['agents', '--after', 'nonsense'], 2, 'TR_CURSOR_INVALID'],
    [['agents', 'retire', 'nobody'], 1, 'TR_AGENT_UNKNOWN'],
    [['skills', 'nothing@1'], 1, 'TR_SKILL_UNKNOWN'],
  ]
  const ended = await Promise.all(cases.map(async ([args]) => here(...args)))
  for (const [at, [args, code, said]] of cases.entries())
    expect(ended[at], args.join(' ')).toMatchObject({ code, err: expect.stringMatching(new RegExp(`^${said}: [^\\n]+\\n$`)) })
})

test('the doctor says which model endpoints the workers leave alone', { timeout: 60_000 }, async () => {
  expect((await here('doctor')).out).toMatch(/^ok {4}circuits: every model endpoint is called$/m)
  const circuits = await openCircuits(await natsCircuitStore(connection, 'troupe'))
  for (let count = 0; count < circuitDefaults.callsMin; count++) {
    const admission = await circuits.admit('big at http://models.test/v1')
    if (admission.admitted) await admission.settle('failed')
  }
  await circuits.close()
  expect((await here('doctor')).out).toMatch(
    /^warn {2}circuits: big at http:\/\/models\.test\/v1 has been failing since .+ \(opening 1 in a row\), /m,
  )
})
