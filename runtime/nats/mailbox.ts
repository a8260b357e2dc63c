// Mailbox
// The mail of all partitions is one stream; a partition's owner reads the subjects of its partition, without acks, from the sequence its log names.
import { Match } from 'nats'
import type { JsMsg } from '@nats-io/jetstream'
import { mailSource } from '../mail-source.ts'
import type { Mail, Mailbox, MailSource } from '../ports.ts'
import { follow } from './ordered-reader.ts'
import { fitting, type Session } from './session.ts'

export function natsMailbox(session: Session): Mailbox {
  const { publisher, jsm, subject, ask } = session
  const stream = session.stream.mailbox
  return {
    read: (partition, from, deliver) =>
      follow(session, { stream, filter: subject.inbound(partition), from }, (message, at) => deliver(new StoredMail(message, at))),
    sendChannel: async (target, source, bytes) => {
      const channel = subject.channel(target, source)
      const content = fitting(session, channel, bytes)
      await ask(`sending to ${channel}`, () => publisher.store(channel, content))
    },
    at: async (seq) => {
      const found = await ask(`reading ${stream} at ${seq}`, () => jsm.streams.getMessage(stream, { seq }))
      return found ? { at: found.time.getTime() } : undefined
    },
    lastSeq: async () => (await ask(`reading the state of ${stream}`, () => jsm.streams.info(stream))).state.last_seq,
    trim: async (partition, seq) => {
      const filter = subject.inbound(partition)
      await ask(`trimming ${filter} before ${seq}`, () => jsm.streams.purge(stream, { filter, seq }))
    },
  }
}

/** A message as it was delivered. Its headers are only decoded when one is asked for. */
class StoredMail implements Mail {
  readonly seq: number
  readonly at: number
  readonly source: MailSource
  readonly bytes: Uint8Array
  readonly #message: JsMsg

  constructor(message: JsMsg, at: number) {
    this.seq = message.seq
    this.at = at
    this.source = mailSource(message.subject)
    this.bytes = message.data
    this.#message = message
  }

  header(name: string): string | undefined {
    return this.#message.headers?.values(name, Match.IgnoreCase)[0]
  }
}
