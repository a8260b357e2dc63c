// Asks an actor with nothing but a NATS client: sends an event and waits for the actor's answer.
// node docs/examples/bare-ask.mjs acme/ledger/main '{"type":"balance.get"}'
import { randomUUID } from 'node:crypto'
import { connect, createInbox, headers } from 'nats'
import { sendSubject } from './subject.mjs'

const deadlineMs = 10_000
const [actor = 'acme/ledger/main', event = '{"type":"balance.get"}'] = process.argv.slice(2)
const connection = await connect({ servers: process.env.NATS_URL ?? '127.0.0.1:4222' })

// The actor's answer comes here; the reply subject of the request itself only says that the message is stored.
const inbox = createInbox()
const answers = connection.subscribe(inbox, { timeout: deadlineMs })

const id = randomUUID()
const carried = headers()
carried.set('Nats-Msg-Id', id)
carried.set('Troupe-Reply', inbox)
carried.set('Troupe-Deadline', String(Date.now() + deadlineMs))
const { error } = (await connection.request(sendSubject(actor), event, { headers: carried, timeout: deadlineMs })).json()
if (error) throw new Error(`refused: ${error.description} (${error.err_code})`)

for await (const message of answers) {
  // A worker puts all answers for one inbox into one message: always a list.
  const reply = message.json().find((one) => one.id === id)
  if (!reply) continue
  console.log(JSON.stringify(reply))
  process.exitCode = reply.ok ? 0 : 1
  break
}
await connection.close()
