// Sends one event to an actor with nothing but a NATS client, and waits until it is durably accepted.
// node docs/examples/bare-send.mjs acme/ledger/main '{"type":"entry.add","amount":5}'
import { randomUUID } from 'node:crypto'
import { connect, headers } from 'nats'
import { sendSubject } from './subject.mjs'

const [actor = 'acme/ledger/main', event = '{"type":"entry.add","amount":5}'] = process.argv.slice(2)
const connection = await connect({ servers: process.env.NATS_URL ?? '127.0.0.1:4222' })

// The id makes a repeated send harmless: within the duplicate window the server stores it once.
const carried = headers()
carried.set('Nats-Msg-Id', randomUUID())

// A request, because the mailbox is a JetStream stream: its answer says that the message is stored.
const answer = await connection.request(sendSubject(actor), event, { headers: carried, timeout: 5_000 })
const { error, stream, seq, duplicate = false } = answer.json()
await connection.close()
if (error) {
  console.error(`refused: ${error.description} (${error.err_code})`)
  process.exitCode = 1
} else console.log(JSON.stringify({ accepted: true, stream, seq, duplicate }))
