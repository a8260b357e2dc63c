// What operators get wrong: one sentence with a code, exit code 2, and nothing is changed.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import { noOrders } from '../../runtime/orders.ts'
import { startNatsServer, type NatsServer } from '../support/nats-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { troupe } from './troupe.ts'

let server: NatsServer
beforeAll(async () => {
  server = await startNatsServer()
  const connection = await connectNats({ servers: server.url, name: 'test' })
  await createNamespace(connection, { namespace: 'troupe', partitions: 4 })
  await connection.close()
})
afterAll(() => server.stop())

const sentence = (code: string, why: string) => expect.stringMatching(new RegExp(`^${code}: [^\\n]*${why}[^\\n]*\\n$`))

test.each<[args: string, code: string, why: string]>([
  ['workers --namespace nowhere', 'TR_NAMESPACE_NOT_FOUND', 'nowhere is not on the server'],
  ['send main/counter/a type=hit --namespace nowhere', 'TR_NAMESPACE_NOT_FOUND', 'nowhere'],
  ['dead --namespace nowhere', 'TR_NAMESPACE_NOT_FOUND', 'nowhere'],
  ['dead --namespace a.b', 'TR_NAMESPACE_NOT_FOUND', "'a.b' is not 1 to 32 of .*--namespace"],
  ['doctor --namespace a.b', 'TR_NAMESPACE_NOT_FOUND', "'a.b' is not 1 to 32 of"],
  ['pin --clear --partitions 3-1', 'TR_CLI_ARGUMENT_INVALID', "'3-1' is no number or range from 0 to 3"],
  ['pin --clear --partitions 1,,2', 'TR_CLI_ARGUMENT_INVALID', "'' is no number or range"],
  ['tenants pause a.b --reason costs', 'TR_CLI_ARGUMENT_INVALID', "tenant 'a.b' is not 1 to 64 of"],
  ['tenants resume acme', 'TR_CLI_NOT_FOUND', 'it is not paused; paused are none'],
  ['dead dry-run 9.9.9', 'TR_CLI_NOT_FOUND', "no dead letter '9.9.9'"],
  ['watch main/coun.ter/*', 'TR_ADDRESS_INVALID', "type 'coun.ter' is not 1 to 64 of"],
])('`troupe %s` is refused with %s in one sentence, and changes nothing', async (args, code, why) => {
  expect(await troupe(args.split(' '), { NATS_URL: server.url })).toEqual({ code: 2, out: '', err: sentence(code, why) })
})

test('after all of that nothing is ordered', async () => {
  const connection = await connectNats({ servers: server.url, name: 'test' })
  onTestFinished(() => connection.close())
  expect(await (await natsPorts(connection, 'troupe')).orders.read()).toEqual(noOrders)
})

test('an address of a server that is none, or credentials that it does not know, are named without the password', async () => {
  const strict = await startNatsServer({ bare: ['-js', '--user', 'ada', '--pass', 'right'] })
  onTestFinished(() => strict.stop())
  const [none, wrong] = await Promise.all([
    troupe(['workers'], { NATS_URL: 'nats://ada:wrong@:::' }),
    troupe(['workers'], { NATS_URL: strict.url.replace('//', '//ada:wrong@') }),
  ])
  expect(none).toEqual({ code: 2, out: '', err: sentence('TR_SERVER_UNAVAILABLE', 'Invalid URL') })
  expect(wrong).toEqual({ code: 2, out: '', err: sentence('TR_SERVER_UNAVAILABLE', 'refuses the credentials') })
  expect(none.err + wrong.err).not.toContain('wrong')
})

test('a server without JetStream is named as that, and the doctor says what to do', async () => {
  const plain = await startNatsServer({ bare: [] })
  onTestFinished(() => plain.stop())
  const [workers, doctor] = await Promise.all([troupe(['workers'], { NATS_URL: plain.url }), troupe(['doctor'], { NATS_URL: plain.url })])
  expect(workers).toEqual({ code: 2, out: '', err: sentence('TR_SERVER_UNAVAILABLE', 'jetstream is not enabled') })
  expect(doctor.code).not.toBe(0)
  expect(doctor.out).toMatch(/^fail {2}jetstream: .* To do: /m)
})

test('a build that throws, or whose definitions cannot be hosted, does not pass its check', async () => {
  const folder = await temporaryFolder()
  const [throws, odd] = [join(folder, 'throws.mjs'), join(folder, 'odd.mjs')]
  await writeFile(throws, "throw new Error('no such model')\n")
  await writeFile(odd, "export const definitions = [{ name: 'a b', version: '1', machine: {}, migrate: {}, previous: [] }]\n")
  const check = (module: string) => troupe(['deploy', 'check', '--definitions', module], { NATS_URL: server.url })
  const [thrown, refused] = await Promise.all([check(throws), check(odd)])
  expect(thrown).toEqual({ code: 2, out: '', err: sentence('TR_CLI_DEFINITIONS_NOT_FOUND', 'no such model') })
  expect(refused).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^TR_DEFINITION_INVALID: registering actor 'a b': 1 fault:\n- machine: /),
  })
})
