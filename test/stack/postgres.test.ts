import fs from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startPostgres, type PostgresOptions } from '../../services/stack/postgres.ts'
import { silent, temporaryFolder } from './support.ts'

async function postgresOn(dataDir: string, options: Partial<PostgresOptions> = {}) {
  const server = await startPostgres({ dataDir, log: silent, ...options })
  onTestFinished(() => server.close())
  return server
}

test.runIf(process.getuid?.() === 0)(
  'root can start it where user namespaces are barred, on a folder that was used with them, and back',
  async () => {
    const folder = temporaryFolder()
    fs.chmodSync(folder, 0o755)
    const ownerOfData = () => fs.statSync(path.join(folder, 'postgres', 'base')).uid
    for (const [userNamespaces, owner] of [
      [true, 0],
      [false, 65534],
      [true, 0],
    ] as const) {
      const server = await postgresOn(folder, { userNamespaces })
      expect(ownerOfData()).toBe(owner)
      await server.close()
    }
  },
)

test.runIf(process.getuid?.() === 0)(
  'where user namespaces are barred, a folder that nobody may enter is refused with what to do',
  async () => {
    await expect(startPostgres({ dataDir: temporaryFolder(), userNamespaces: false, log: silent })).rejects.toMatchObject({
      code: 'TR_STACK_SERVER_START_FAILED',
      message: expect.stringContaining('Choose a folder with --data that others may enter'),
    })
  },
)

test('a first start that was interrupted is begun anew', async () => {
  const folder = temporaryFolder()
  fs.mkdirSync(path.join(folder, 'postgres.new'))
  fs.writeFileSync(path.join(folder, 'postgres.new', 'half'), 'written')
  await postgresOn(folder)
  expect(fs.existsSync(path.join(folder, 'postgres.new'))).toBe(false)
})
