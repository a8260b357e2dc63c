// Watches actors with nothing but a NATS client: prints every committed turn until stopped with Ctrl-C.
// node docs/examples/bare-watch.mjs 'acme/ledger/*'
import { connect } from 'nats'
import { eventSubject, namespace } from './subject.mjs'

const ttlMs = 10_000
const announceMs = 3_000
const [actor = 'acme/ledger/*'] = process.argv.slice(2)
const connection = await connect({ servers: process.env.NATS_URL ?? '127.0.0.1:4222' })

const pattern = eventSubject(actor)
const turns = connection.subscribe(pattern)

// Workers publish turns only while somebody says that they are watched.
const announce = () => connection.publish(`${namespace}.watch`, JSON.stringify({ pattern, ttlMs }))
announce()
const timer = setInterval(announce, announceMs)
process.once('SIGINT', () => turns.unsubscribe())

for await (const message of turns) console.log(message.string())
clearInterval(timer)
await connection.close()
