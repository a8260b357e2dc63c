import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { connect } from 'nats'
import { expect, onTestFinished, test } from 'vitest'
import { connectTroupe } from '../../client/index.ts'
import { findNats } from '../../scripts/find-nats.mjs'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { createMailbox } from './stand-in.ts'

const namespace = 'troupe'

/** What docs/protocol.md says the client package needs, to send. */
const sender = `publish: ["troupe.in.*.frame.acme", "$JS.API.STREAM.INFO.troupe_MAILBOX"], subscribe: ["_INBOX_client.>"]`

/** A server with users of different rights, on a port the system chooses. */
async function startServerWithUsers(): Promise<string> {
  const users = `{ user: admin, password: a }, { user: sender, password: s, permissions: { ${sender} } }`
  const folder = await temporaryFolder({
    'nats.conf': `listen: "127.0.0.1:-1"\njetstream {}\nno_auth_user: admin\nauthorization { users: [ ${users} ] }\n`,
  })
  const child = spawn(await findNats(), ['-c', path.join(folder, 'nats.conf'), '-sd', folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  onTestFinished(async () => {
    if (child.exitCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  })
  // The log names the port before the server is ready; the ports file may come after.
  let address = ''
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      address = /client connections on (\S+)/.exec(line)?.[1] ?? address
      if (line.includes('Server is ready')) resolve()
    })
    child.once('exit', () => reject(new Error('nats-server did not start with these users')))
  })
  return address
}

test('an account with the rights of docs/protocol.md can send; a subject it may not publish to is named at once', async () => {
  const address = await startServerWithUsers()
  await createMailbox(address, { namespace })
  const connection = await connect({ servers: address, user: 'sender', pass: 's', inboxPrefix: '_INBOX_client' })
  const client = await connectTroupe({ connection, namespace, inboxPrefix: '_INBOX_client' })
  await client.send('acme/ledger/main', { type: 'add' })
  await expect(client.send('other/ledger/main', { type: 'add' })).rejects.toMatchObject({
    code: 'TR_SEND_REFUSED',
    message: expect.stringMatching(/may not publish to troupe\.in\.\d\.frame\.other/) as unknown,
  })
  await client.close()
  await connection.close()
})
