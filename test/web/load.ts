// Load
// So many events a second, evenly, to so many schedules: each is paused and goes on, in turn.
//
// L1. It sends what is due by the clock, in steps; what it could not send in time is counted, not sent later at once.
import { setTimeout as wait } from 'node:timers/promises'
import { connectNats } from '../../runtime/nats/index.ts'
import { actorPath, gatewayAt } from './gateway.ts'
import type { Stage } from './stage.ts'

export interface LoadPlan {
  readonly actors: number
  readonly perSecond: number
}

export interface Load {
  readonly actors: readonly string[]
  /** What has been sent since it began. */
  sent(): number
  stop(): Promise<void>
}

const stepMs = 20
/** More than this at once is a machine that stood still. */
const lateMsMax = 500
const settleMs = 300

export async function startLoad({ url, nats }: Pick<Stage, 'url' | 'nats'>, { actors: count, perSecond }: LoadPlan): Promise<Load> {
  const connection = await connectNats({ servers: nats, name: 'test:web load' })
  const actors = Array.from({ length: count }, (_, n) => `main/schedule/load-${n}`)
  const send = (n: number, event: object): void => {
    const actor = actors[n % count] ?? ''
    connection.publish(`troupe.send.${actor.replaceAll('/', '.')}`, JSON.stringify(event))
  }
  const target = { target: 'main/conversation/nobody', event: { type: 'conversation.read' }, when: { everyMs: 36_000_000 } }
  for (let n = 0; n < count; n++) send(n, { type: 'schedule.set', ...target })
  await untilTurn(url, actors.at(-1) ?? '')
  const ending = new AbortController()
  let sent = 0
  const run = async (): Promise<void> => {
    let from = performance.now()
    let done = 0
    while (!ending.signal.aborted) {
      const due = Math.floor(((performance.now() - from) / 1_000) * perSecond)
      if (due - done > (perSecond * lateMsMax) / 1_000) [from, done] = [performance.now(), 0] // L1
      for (; done < due; done++, sent++) send(sent, { type: Math.floor(sent / count) % 2 === 0 ? 'schedule.pause' : 'schedule.resume' })
      await wait(stepMs)
    }
  }
  const running = run()
  return {
    actors,
    sent: () => sent,
    stop: async () => {
      ending.abort()
      await running
      await connection.drain()
    },
  }
}

async function untilTurn(url: string, actor: string): Promise<void> {
  for (;;) {
    const { turn } = await gatewayAt(url)
      .get<{ readonly turn: number }>(actorPath(actor))
      .catch(() => ({ turn: 0 }))
    if (turn >= 2) return
    await wait(settleMs)
  }
}
