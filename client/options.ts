// Options
// Every option and limit of a client, resolved once: what is given, else the default. Inside, nothing is optional.
import type { NatsConnection } from 'nats'

export interface ConnectOptions {
  /** Where to connect: `host:port`, one or more of a cluster. Default `127.0.0.1:4222`. Not together with `connection`. */
  readonly servers?: string | readonly string[]
  /** A connection of your own, with its credentials and TLS. `close()` leaves it open. */
  readonly connection?: NatsConnection
  /** The namespace of the actors, as it was created. */
  readonly namespace: string
  /** The tenant of targets that name none. */
  readonly tenant?: string
  /** How the server's connection list calls this client. Default 'troupe-client'. */
  readonly name?: string
  /** What the subjects on which this client is answered begin with; an account may allow no other. It begins with `_INBOX`, since workers answer to nothing else. Default `_INBOX`. */
  readonly inboxPrefix?: string
  readonly limits?: Partial<ClientLimits>
}

export interface ClientLimits {
  /** An ask that names no deadline waits this long. */
  readonly askDeadlineMs: number
  /** A message not known to be stored for this long is given up. Longer than a cluster takes to choose a new leader. */
  readonly acceptMs: number
  /** A frame without an acknowledgement is published again after this long. */
  readonly republishMs: number
  /** A frame that the server answered with "not now" is published again after this long. */
  readonly retryMs: number
  /** Sends and asks that are neither stored, answered nor given up. */
  readonly unsettledMax: number
  /** One request to the server or to the owner of a partition. */
  readonly requestMs: number
  /** How long `close` waits for what is still unsettled. */
  readonly closeMs: number
}

export const clientDefaults: ClientLimits = {
  askDeadlineMs: 30_000,
  acceptMs: 15_000,
  republishMs: 2_000,
  retryMs: 250,
  unsettledMax: 100_000,
  requestMs: 5_000,
  closeMs: 5_000,
}

/** The wire's limits, the same for every client: docs/protocol.md. */
export const wireLimits = {
  frameMessagesMax: 256,
  /** A frame of one message may be larger: up to `messageBytesMax`. */
  frameBytesMax: 256 * 1024,
  messageBytesMax: 512 * 1024,
  messageIdCharactersMax: 128,
  watchAnnounceMs: 3_000,
  watchTtlMs: 10_000,
  /** What a refusal for too much load means when it does not say. */
  retryAfterMs: 1_000,
} as const
