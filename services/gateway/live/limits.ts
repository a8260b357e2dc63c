// Limits
// How much of it there may be: of sockets, topics, frames and what is kept for those who come back. One object, so that a test or a bench may have others.

export interface LiveLimits {
  /** A frame of a topic at most this often; `fleet` has its own pace. */
  readonly frameMs: number
  /** The same for a tab that nobody looks at. */
  readonly hiddenFrameMs: number
  /** A socket with more than this still to send is passed over: what it gets next is the newest. */
  readonly unsentBytesMax: number
  /** Events of one frame, and their bytes; older ones become a gap. */
  readonly frameEventsMax: number
  readonly frameBytesMax: number
  /** Rows of one frame, those that changed last; the others follow in the next ones, in the state they have then. */
  readonly frameRowsMax: number
  /** Rows that wait for a frame. */
  readonly waitingRowsMax: number
  /** Rows that a topic knows, for those who come to it. */
  readonly knownRowsMax: number
  /** What a topic keeps for those who come back: frames, and bytes of events. */
  readonly keptFramesMax: number
  readonly keptBytesMax: number
  /** How long a topic goes on without anybody, for those who come back. */
  readonly lingerMs: number
  readonly topicsMax: number
  readonly topicsPerSocketMax: number
  readonly socketsMax: number
  readonly socketsPerCallerMax: number
  readonly messageBytesMax: number
  /** Messages of one socket within ten seconds. */
  readonly messagesMax: number
  readonly heartbeatMs: number
  /** A socket that has not answered for this long is ended. */
  readonly silentMsMax: number
  /** Rights are asked again this often: a token may have expired, a key been revoked. */
  readonly admitAgainMs: number
  /** What there is to warn of is looked at this often while somebody listens. */
  readonly alertsEveryMs: number
  /** Actors followed for one task. */
  readonly taskActorsMax: number
}

export const liveLimits: LiveLimits = {
  frameMs: 100,
  hiddenFrameMs: 1_000,
  unsentBytesMax: 256 * 1024,
  frameEventsMax: 500,
  frameBytesMax: 256 * 1024,
  frameRowsMax: 50,
  waitingRowsMax: 5_000,
  knownRowsMax: 1_000,
  keptFramesMax: 600,
  keptBytesMax: 512 * 1024,
  lingerMs: 15_000,
  topicsMax: 500,
  topicsPerSocketMax: 32,
  socketsMax: 10_000,
  socketsPerCallerMax: 500,
  messageBytesMax: 16 * 1024,
  messagesMax: 500,
  heartbeatMs: 10_000,
  silentMsMax: 45_000,
  admitAgainMs: 30_000,
  alertsEveryMs: 5_000,
  taskActorsMax: 64,
}

/** Why a socket was closed, beside the protocol's own codes; the page tries again after all but the first two. */
export const closes = {
  notAuthenticated: 4401,
  notAllowed: 4403,
  badMessages: 4400,
  tooMany: 4429,
  /** Of RFC 6455: the gateway ends. */
  goingAway: 1001,
  fault: 1011,
} as const
