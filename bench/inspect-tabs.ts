// Tabs of the inspector: so many sockets with the same topics, in a process of its own. Opens them when told, prints what they heard when asked.
import { createInterface } from 'node:readline'

interface Order {
  readonly url: string
  readonly topics: readonly string[]
}

const { url, topics } = JSON.parse(process.argv[2] ?? '') as Order // written by inspect-processes.ts
const sockets: WebSocket[] = []
let heard = fresh()

function fresh() {
  return {
    since: performance.now(),
    frames: 0,
    characters: 0,
    rows: 0,
    events: 0,
    gaps: 0,
    behindMs: [] as number[],
    eventsBehindMs: [] as number[],
  }
}

interface Frame {
  readonly rows?: readonly { readonly at?: number; readonly worker?: string }[]
  readonly events?: readonly { readonly at?: number }[]
  readonly gap?: object
}

const behindMax = 200_000

function hear(text: string): void {
  const now = Date.now()
  const { rows = [], events = [], gap } = JSON.parse(text) as Frame
  heard.frames++
  heard.characters += text.length
  heard.rows += rows.length
  heard.events += events.length
  if (gap) heard.gaps++
  for (const { at = 0, worker } of rows) if (worker === undefined) newest = Math.max(newest, at)
  if (heard.behindMs.length > behindMax) return
  for (const { at, worker } of rows) if (at !== undefined && worker === undefined) heard.behindMs.push(now - at)
  for (const { at } of events) if (at !== undefined) heard.eventsBehindMs.push(now - at)
}

async function open(count: number): Promise<object> {
  const started = performance.now()
  const atOnce = 100
  let failed = 0
  for (let from = 0; from < count; from += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - from) }, () => openOne().catch(() => failed++)))
  return { opened: sockets.length, failed, ms: Math.round(performance.now() - started) }
}

function openOne(): Promise<void> {
  const socket = new WebSocket(url)
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => {
      sockets.push(socket)
      for (const topic of topics) socket.send(JSON.stringify({ sub: topic }))
    })
    socket.addEventListener('message', ({ data }) => {
      hear(String(data))
      resolve() // it was answered
    })
    socket.addEventListener('error', () => reject(new Error('not opened')))
  })
}

/** As a page does whose script does not end; then: how long until it shows a state that was reached after it went on. */
async function block(ms: number): Promise<object> {
  const until = performance.now() + ms
  while (performance.now() < until);
  const [started, wentOnAt] = [performance.now(), Date.now()]
  while (newest < wentOnAt && performance.now() - started < ms) await new Promise((resolve) => setTimeout(resolve, 1))
  return { currentAfterMs: Math.round(performance.now() - started), behindMs: Date.now() - newest }
}

/** The time of the newest state that was heard. */
let newest = 0

const quantile = (values: readonly number[], share: number): number | null =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? null

function figures(): object {
  const { since, behindMs, eventsBehindMs, ...counts } = heard
  const seconds = (performance.now() - since) / 1_000
  heard = fresh()
  return {
    seconds,
    ...counts,
    behindMs: [quantile(behindMs, 0.5), quantile(behindMs, 0.99)],
    eventsBehindMs: [quantile(eventsBehindMs, 0.5), quantile(eventsBehindMs, 0.99)],
  }
}

const say = (answer: object): boolean => process.stdout.write(`${JSON.stringify(answer)}\n`)
const questions = createInterface({ input: process.stdin })
questions.on('line', (line) => {
  const [word, count] = line.split(' ')
  if (word === 'open') void open(Number(count)).then(say)
  else if (word === 'block') void block(Number(count)).then(say)
  else say(figures())
})
questions.on('close', () => process.exit(0))
say({ ready: true })
