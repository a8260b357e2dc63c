import { MikroORM } from '@mikro-orm/postgresql'
import { connect } from 'nats'
import { expect, onTestFinished, test } from 'vitest'
import { readStack } from '../../services/stack/data-folder.ts'
import { startStack, type StackOptions } from '../../services/stack/stack.ts'
import { isRunning, runParent, silent, temporaryFolder, untilGone } from './support.ts'

async function stackOn(folder: string, options: Partial<StackOptions> = {}) {
  const stack = await startStack({ folder, log: silent, ...options })
  onTestFinished(() => stack.close())
  return stack
}

async function pidsOn(folder: string): Promise<number[]> {
  return ((await readStack(folder))?.servers ?? []).map(({ pid }) => pid)
}

async function query(databaseUrl: string, sql: string): Promise<unknown> {
  const orm = await MikroORM.init({ clientUrl: databaseUrl, entities: [], discovery: { warnWhenNoEntities: false } })
  try {
    return await orm.em.getConnection().execute(sql)
  } finally {
    await orm.close()
  }
}

test('a first start gives a message server with JetStream and an empty database', async () => {
  const stack = await stackOn(temporaryFolder())
  const nats = await connect({ servers: stack.natsUrl })
  expect(nats.info?.jetstream).toBe(true)
  await nats.close()
  expect((await fetch(`${stack.monitorUrl}/healthz`)).status).toBe(200)
  expect(await query(stack.databaseUrl, 'select current_database()')).toEqual([{ current_database: 'troupe' }])
})

test('a second start on the same folder is refused with what to do, and the first goes on', async () => {
  const folder = temporaryFolder()
  await stackOn(folder)
  await expect(startStack({ folder, log: silent })).rejects.toMatchObject({
    code: 'TR_STACK_FOLDER_BUSY',
    message: expect.stringMatching(new RegExp(`${folder} is in use by process ${process.pid}, .*--data <folder>`)),
  })
  expect((await pidsOn(folder)).map(isRunning)).toEqual([true, true])
})

test('close ends every process, may be called twice, and what was written is there at the next start', async () => {
  const folder = temporaryFolder()
  const stack = await stackOn(folder)
  const pids = await pidsOn(folder)
  await query(stack.databaseUrl, 'create table kept as select 42 as answer')
  await Promise.all([stack.close(), stack.close()])
  await stack.close()
  expect(pids.map(isRunning)).toEqual([false, false])
  expect(await readStack(folder)).toBeUndefined()

  const next = await stackOn(folder)
  expect(await query(next.databaseUrl, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('a killed stack leaves no server, and its folder is taken over by the next start', async () => {
  const folder = temporaryFolder()
  const parent = await runParent('parent-of-stack.ts', folder)
  const pids = await pidsOn(folder)
  expect(pids).toHaveLength(2)
  await query(parent.line, 'create table kept as select 42 as answer')

  parent.kill()
  const next = await stackOn(folder)
  await untilGone(...pids)
  expect(await query(next.databaseUrl, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('when one server cannot be had, the other is ended and the folder is free again', async () => {
  const folder = temporaryFolder()
  const nowhere = 'postgres://someone:secret@127.0.0.1:1/history'
  const refused = await startStack({ folder, databaseUrl: nowhere, log: silent }).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'TR_STACK_SERVER_UNREACHABLE', message: expect.stringContaining('127.0.0.1:1') })
  expect(String(refused)).not.toContain('secret')
  await stackOn(folder)
})

test('a server that ends by itself is reported with the last words of its log', async () => {
  const folder = temporaryFolder()
  const stack = await stackOn(folder)
  const [nats = 0] = await pidsOn(folder)
  process.kill(nats, 'SIGKILL')
  expect(await stack.lost).toMatchObject({
    code: 'TR_STACK_SERVER_LOST',
    message: expect.stringMatching(/^nats-server ended by SIGKILL without being asked to.*Server is ready/),
  })
})

test('servers that run already are used as they are and are left running', async () => {
  const running = await stackOn(temporaryFolder())
  const folder = temporaryFolder()
  const stack = await stackOn(folder, { natsUrl: running.natsUrl, databaseUrl: running.databaseUrl })
  expect(stack).toMatchObject({ natsUrl: running.natsUrl, databaseUrl: running.databaseUrl })
  expect(await pidsOn(folder)).toEqual([])
  await stack.close()
  expect((await fetch(`${running.monitorUrl}/healthz`)).status).toBe(200)
})
