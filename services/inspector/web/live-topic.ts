// Live topic
// What the page knows of one topic's frames: the number it has seen, and whether something was missed. Pure.
//
// T1. Frames of a topic are taken in the order of their numbers; one that was seen is not taken again.
// T2. Whatever may have been missed is said as a gap, never passed over.

/** As the gateway sends it, at most ten a second. */
export interface Frame {
  /** Epoch ms at the gateway. */
  readonly t: number
  readonly topic: string
  readonly seq: number
  readonly rows?: readonly unknown[]
  readonly events?: readonly unknown[]
  readonly gap?: { readonly from: number; readonly to: number }
}

export interface TopicState {
  /** Of the last frame that was taken; 0: none. */
  readonly seq: number
  /** The connection was lost since. */
  readonly resumed: boolean
}

export const newTopic: TopicState = { seq: 0, resumed: false }
export const resumedTopic = (state: TopicState): TopicState => ({ ...state, resumed: state.seq > 0 })

export interface Taken {
  readonly state: TopicState
  /** Undefined: it was seen. */
  readonly frame?: Frame
  /** Frames or events in between are not known: what matters is to be asked for over HTTP. */
  readonly missed: boolean
}

/** A number that goes back means that the gateway began anew. */
export function take(state: TopicState, frame: Frame): Taken {
  const beganAnew = state.resumed && frame.seq <= state.seq
  if (frame.seq <= state.seq && !beganAnew) return { state, missed: false } // T1
  const jumped = state.resumed && frame.seq > state.seq + 1
  return { state: { seq: frame.seq, resumed: false }, frame, missed: frame.gap !== undefined || beganAnew || jumped } // T2
}

/** Anything else on the socket, a heartbeat or a refusal, is no frame. */
export function frameOf(text: unknown): Frame | undefined {
  const value = parsed(text)
  const isFrame = typeof value === 'object' && value !== null && 'topic' in value && 'seq' in value
  return isFrame && typeof value.topic === 'string' && typeof value.seq === 'number' ? (value as Frame) : undefined
}

/** A topic that the gateway does not give: it says why once. */
export function refusalOf(text: unknown): { readonly topic: string; readonly code: string } | undefined {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || !('topic' in value) || !('problem' in value)) return undefined
  const { topic, problem } = value
  const code = typeof problem === 'object' && problem !== null && 'code' in problem ? problem.code : undefined
  return typeof topic === 'string' ? { topic, code: String(code) } : undefined
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const firstWaitMs = 400
const waitMsMax = 15_000

/** Twice as long each time, with up to a quarter of chance so that many tabs do not come back at once (exponential backoff with jitter). */
export const backoffMs = (attempt: number, random: number): number =>
  Math.min(waitMsMax, firstWaitMs * 2 ** Math.min(attempt, 16)) * (0.75 + random / 2)
