// Mail store
// The mailbox of the in-memory server: takes what a client publishes, by the same subjects, partitions, limits and refusals as the stream on NATS.
//
// B1. A refused message leaves nothing behind.
// B2. A message id seen within the duplicate window is stored once; the second publisher gets the first one's sequence.
import { partitionOf } from '../../machines/address.ts'
import { subjects } from '../../machines/subject.ts'
import { MailboxFull, MessageTooLarge, ServerUnavailable } from '../errors.ts'
import { mailSource } from '../mail-source.ts'
import type { NamespaceOptions } from '../namespace.ts'
import type { Clock, Mail } from '../ports.ts'
import { Stream, type Kept } from './stream.ts'

export type Headers = Readonly<Record<string, string>>

export interface Published {
  readonly seq: number
  readonly duplicate: boolean
}

export interface StoredMail {
  readonly subject: string
  readonly bytes: Uint8Array
  readonly headers: ReadonlyMap<string, string>
}

export class MailStore {
  readonly stream: Stream<StoredMail>
  readonly #namespace: string
  readonly #options: NamespaceOptions
  readonly #clock: Clock
  /** In the order they were seen, so that the oldest can be forgotten first. */
  readonly #ids = new Map<string, { readonly seq: number; readonly at: number }>()
  #bytes = 0

  constructor(namespace: string, options: NamespaceOptions, clock: Clock) {
    this.stream = new Stream(clock)
    this.#namespace = namespace
    this.#options = options
    this.#clock = clock
  }

  /** Stores what a client publishes to a public subject of the mailbox, or throws why not (B1). */
  publish(subject: string, bytes: Uint8Array, headers: Headers = {}): Published {
    const stored = this.#stored(subject)
    const size = bytes.length + headerBytes(headers)
    const { messageBytesMax, mailboxMessagesMax, mailboxBytesMax } = this.#options
    if (size > messageBytesMax) throw new MessageTooLarge(`${subject}: ${size} bytes, the limit is ${messageBytesMax}`)

    const named = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    const id = named.get('nats-msg-id')
    const earlier = id === undefined ? undefined : this.#seen(id)
    if (earlier !== undefined) return { seq: earlier, duplicate: true } // B2

    if (this.stream.count >= mailboxMessagesMax)
      throw new MailboxFull(`${subject}: ${mailboxMessagesMax} messages wait, which is the limit`)
    if (this.#bytes + size > mailboxBytesMax)
      throw new MailboxFull(`${subject}: ${this.#bytes} bytes wait, the limit is ${mailboxBytesMax}`)
    const { seq, at } = this.stream.append(stored.partition, { subject: stored.subject, bytes: bytes.slice(), headers: named })
    this.#bytes += bytes.length
    if (id !== undefined) this.#ids.set(id, { seq, at })
    return { seq, duplicate: false }
  }

  trim(partition: number, seq: number): void {
    this.stream.trim(partition, seq).forEach((kept) => (this.#bytes -= kept.item.bytes.length))
  }

  #seen(id: string): number | undefined {
    const oldest = this.#clock.now() - this.#options.duplicateWindowMs
    for (const [known, { at }] of this.#ids) {
      if (at > oldest) break
      this.#ids.delete(known)
    }
    return this.#ids.get(id)?.seq
  }

  /** Where the stream keeps a subject: what the server's transform does to `send`, everything else as it is. */
  #stored(subject: string): { readonly partition: number; readonly subject: string } {
    const { partitions } = this.#options
    const [namespace, verb, first, type, token, ...rest] = subject.split('.')
    if (namespace === this.#namespace && verb === 'send' && first !== undefined && type && token && rest.length === 0) {
      const source = mailSource(`${namespace}.in.0.${first}.${type}.${token}`)
      const address = source.kind === 'send' ? source.address : { tenant: first, type, key: token }
      const partition = partitionOf(address, partitions)
      return { partition, subject: `${namespace}.in.${partition}.${first}.${type}.${token}` }
    }
    const partition = Number(first)
    const taken = namespace === this.#namespace && verb === 'in' && (type === 'frame' || type === 'channel')
    if (!taken || !Number.isInteger(partition) || partition >= partitions || token === undefined || rest.length > 0) {
      throw new ServerUnavailable(`${subject}: nobody answers on this subject; the mailbox takes ${subjects(this.#namespace).sendAll}`)
    }
    return { partition, subject }
  }
}

/** A stored message as a worker reads it. */
export const mailOf = ({ seq, at, item }: Kept<StoredMail>): Mail => ({
  seq,
  at,
  source: mailSource(item.subject),
  bytes: item.bytes,
  header: (name) => item.headers.get(name),
})

/** The block that NATS puts before the body: a version line, one line a header, an empty line. */
function headerBytes(headers: Headers): number {
  const lines = Object.entries(headers)
  return lines.length === 0 ? 0 : lines.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 12)
}
