// Live
// One WebSocket for all that the page watches: topics are asked for when a view comes and given up when the last one leaves.
//
// V1. A lost connection is opened again, ever more slowly, and every topic goes on where it stood (T1, T2 of live-topic.ts).
// V2. A connection that says nothing is not called live.
import { signal, type ReadonlySignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { openedExport } from './offline/source.ts'
import { askForCredentials, protocols } from './session.ts'
import { backoffMs, frameOf, refusalOf, newTopic, resumedTopic, take, type Frame, type TopicState } from './live-topic.ts'

export type LiveState = 'idle' | 'connecting' | 'live' | 'stale' | 'refused'

/** `missed`: something before this frame is not known. */
export type Listener = (frame: Frame, missed: boolean) => void

interface Topic {
  state: TopicState
  readonly listeners: Set<Listener>
}

const silenceMsMax = 20_000
const checkMs = 5_000
/** The gateway's own codes. */
const notAuthenticated = 4401
const notAllowed = 4403
/** Closes that another try would not change. */
const finalCloses: ReadonlySet<number> = new Set([notAuthenticated, notAllowed])
/** A socket that nobody needs is kept so long, for the next view. */
const idleMs = 3_000

const state = signal<LiveState>('idle')
export const liveState: ReadonlySignal<LiveState> = state
/** Topics that were refused, with the code: nothing comes for them. */
const refused = signal<ReadonlyMap<string, string>>(new Map())
export const refusedTopics: ReadonlySignal<ReadonlyMap<string, string>> = refused
/** Frames that came in, for whoever wants to see that it lives. */
const bytes = signal(0)
export const liveBytes: ReadonlySignal<number> = bytes

const topics = new Map<string, Topic>()
let socket: WebSocket | undefined
let attempt = 0
let heardAt = 0
let retryTimer: number | undefined
let idleTimer: number | undefined
let checkTimer: number | undefined

/** Until the function it gives is called. Nothing happens in an export. */
export function listen(name: string, listener: Listener): () => void {
  if (openedExport.peek()) return () => {}
  const topic = topics.get(name) ?? { state: newTopic, listeners: new Set() }
  const isNew = !topics.has(name)
  topics.set(name, topic)
  topic.listeners.add(listener)
  clearTimeout(idleTimer)
  if (!socket) connect()
  else if (isNew) send({ sub: name })
  return () => leave(name, listener)
}

/** In a view: undefined listens to nothing. */
export function useLive(name: string | undefined, listener: Listener): void {
  const latest = useRef(listener)
  latest.current = listener
  useEffect(() => (name === undefined ? undefined : listen(name, (frame, missed) => latest.current(frame, missed))), [name])
}

function leave(name: string, listener: Listener): void {
  const topic = topics.get(name)
  if (!topic?.listeners.delete(listener) || topic.listeners.size > 0) return
  topics.delete(name)
  refused.value = new Map([...refused.value].filter(([one]) => one !== name))
  send({ unsub: name })
  if (topics.size === 0) idleTimer = window.setTimeout(close, idleMs)
}

function connect(): void {
  clearTimeout(retryTimer)
  if (state.value === 'idle') state.value = 'connecting'
  const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/live`, protocols())
  socket = opened
  opened.addEventListener('open', () => {
    attempt = 0
    heard()
    for (const [name, { state: known }] of topics) send({ sub: name, ...(known.seq > 0 && { since: known.seq }) })
    sayHidden()
  })
  opened.addEventListener('message', ({ data }) => receive(data))
  opened.addEventListener('close', ({ code }) => {
    if (socket === opened) lost(code)
  })
  checkTimer ??= window.setInterval(checkSilence, checkMs)
}

function receive(data: unknown): void {
  heard()
  if (typeof data === 'string') bytes.value += data.length
  const frame = frameOf(data)
  const refusal = frame ? undefined : refusalOf(data)
  if (refusal) refused.value = new Map(refused.value).set(refusal.topic, refusal.code)
  const topic = frame && topics.get(frame.topic)
  if (!frame || !topic) return
  const taken = take(topic.state, frame)
  topic.state = taken.state
  const { frame: fresh } = taken
  if (fresh) for (const listener of topic.listeners) listener(fresh, taken.missed)
}

/** V1 */
function lost(code: number): void {
  socket = undefined
  for (const topic of topics.values()) topic.state = resumedTopic(topic.state)
  if (topics.size === 0) return
  state.value = finalCloses.has(code) ? 'refused' : 'stale'
  if (code === notAuthenticated) askForCredentials()
  if (!finalCloses.has(code)) retryTimer = window.setTimeout(connect, backoffMs(attempt++, Math.random()))
}

function heard(): void {
  heardAt = Date.now()
  state.value = 'live'
}

/** V2 */
function checkSilence(): void {
  if (!socket) return
  if (state.value === 'live' && Date.now() - heardAt > silenceMsMax) state.value = 'stale'
  if (Date.now() - heardAt > 2 * silenceMsMax && socket.readyState === WebSocket.OPEN) socket.close()
}

function close(): void {
  const closing = socket
  socket = undefined
  clearInterval(checkTimer)
  clearTimeout(retryTimer)
  checkTimer = undefined
  state.value = 'idle'
  closing?.close()
}

const send = (message: unknown): void => {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}

/** Nobody looks at a hidden tab: one frame a second is enough. */
const sayHidden = (): void => send({ hidden: document.hidden })

export function startLive(): void {
  document.addEventListener('visibilitychange', sayHidden)
  addEventListener('online', () => {
    if (!socket && topics.size > 0) connect()
  })
}
