// Durable timers that are all due in one second: how late they are, in memory and brought back to it. None may be early, none lost.
import { assign, enqueueActions, raise, setup } from 'xstate'
import { replyLater } from '../machines/authoring.ts'
import { metaOf, timeOf } from '../machines/message.ts'
import { defineActor } from '../runtime/define-actor.ts'
import { workerDefaults } from '../runtime/options.ts'
import type { BenchFleet } from './fleet.ts'
import { rounded, untilTaken, type Figure } from './measure.ts'
import type { Raw } from './raw.ts'

interface Rung {
  readonly due: number
  readonly at: number
}

/** Waits until its time and then answers who set it. */
const alarmMachine = setup({
  types: { context: {} as { asker: string; due: number }, events: {} as { type: 'set'; due: number } | { type: 'ring' } },
  actions: {
    keep: assign(({ event, context }) => (event.type === 'set' ? { asker: metaOf(event)?.id ?? '', due: event.due } : context)),
    wait: raise({ type: 'ring' }, { id: 'ring', delay: ({ context, event }) => context.due - timeOf(event) }),
    answer: enqueueActions(({ context, event, enqueue }) => {
      const rung: Rung = { due: context.due, at: timeOf(event) }
      enqueue(replyLater(context.asker, rung))
    }),
  },
}).createMachine({
  id: 'alarm',
  context: { asker: '', due: 0 },
  on: { set: { actions: ['keep', 'wait'] }, ring: { actions: 'answer' } },
})

export const alarm = defineActor({ name: 'alarm', version: '1', machine: alarmMachine })

const timersMax = 10_000
const spreadMs = 1_000
/** Setting them is slower than this on no machine worth measuring. */
const setPerSecond = 2_500
const settleMs = 3_000
/** By then every alarm has left the memory. */
const passivatedMs = workerDefaults.idleMs + workerDefaults.flushEveryMs + 8_000

export async function timerFigures(fleet: BenchFleet, _raw: Raw, scale: number): Promise<readonly Figure[]> {
  const count = Math.max(1, Math.round(timersMax * scale))
  return [await ringAll(fleet, count, 'active'), await ringAll(fleet, count, 'passivated')]
}

async function ringAll({ client, profile, settled }: BenchFleet, count: number, state: 'active' | 'passivated'): Promise<Figure> {
  const awayMs = state === 'passivated' ? passivatedMs : 0
  const first = Date.now() + (count / setPerSecond) * 1_000 + settleMs + awayMs
  let refused = 0
  const asks = Array.from({ length: count }, (_, index) => {
    const due = Math.round(first + (index * spreadMs) / count)
    const set = () => client.ask<Rung>(`bench/alarm/${state}-${index}`, { type: 'set', due }, { deadlineMs: first - Date.now() + 60_000 })
    return untilTaken(set, () => refused++)
  })
  const rings = Promise.allSettled(asks)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, first - settleMs - Date.now()))) // before they are brought back
  const { actors } = await settled()
  const rung = (await rings).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const late = rung.map(({ due, at }) => at - due).toSorted((a, b) => a - b)
  const lastAt = Math.max(first, ...rung.map(({ at }) => at))
  return {
    bench: `${count.toLocaleString('en')} timers due in one second, ${state}`,
    profile,
    inFlight: count,
    perSecond: Math.round((rung.length / Math.max(spreadMs, lastAt - first)) * 1_000),
    p50Ms: rounded(late[Math.floor(late.length * 0.5)]),
    p99Ms: rounded(late[Math.floor(late.length * 0.99)]),
    early: late.filter((ms) => ms < 0).length,
    lost: count - rung.length,
    inMemoryBefore: actors,
    ...(refused > 0 && { refused }),
  }
}
