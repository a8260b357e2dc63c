import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { actorId } from '../../../machines/address.ts'
import { subjects } from '../../../machines/subject.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { latestEveryMs } from '../../../runtime/latest.ts'
import type { Telemetry } from '../../../runtime/telemetry.ts'
import { Watchers } from '../../../runtime/watchers.ts'
import { startFleet } from '../../support/fleet.ts'

const lamp = defineActor({
  name: 'lamp',
  version: '1',
  machine: setup({ types: { context: {} as { times: number }, events: {} as { type: 'press' } } }).createMachine({
    id: 'lamp',
    context: { times: 0 },
    initial: 'off',
    states: {
      off: { on: { press: { target: 'on', actions: assign({ times: ({ context }) => context.times + 1 }) } } },
      on: { on: { press: { target: 'off', actions: assign({ times: ({ context }) => context.times + 1 }) } } },
    },
  }),
})

interface Row {
  readonly actor: string
  readonly turn: number
  readonly value: unknown
}

async function followed(pattern: (names: ReturnType<typeof subjects>) => string) {
  const fleet = await startFleet({ definitions: [lamp] })
  const names = subjects(fleet.server.namespace)
  const frames: (readonly Row[])[] = []
  const turns: string[] = []
  fleet.ports.signals.subscribe('*.latest.*.*', ({ bytes }) => void frames.push(JSON.parse(Buffer.from(bytes).toString()).latest))
  fleet.ports.signals.subscribe('*.event.main.lamp.*', ({ subject }) => void turns.push(subject))
  const follow = (ttlMs: number): void =>
    fleet.ports.signals.publish(names.watch, Buffer.from(JSON.stringify({ pattern: pattern(names), ttlMs })))
  follow(10_000)
  await fleet.clock.advance(5)
  return { fleet, frames, turns, follow }
}

test('who follows a type is told the newest state of each actor, and not the turns between', async () => {
  const { fleet, frames, turns } = await followed((names) => names.latest('main', 'lamp'))
  for (let n = 0; n < 5; n++) fleet.send('main/lamp/a', { type: 'press' })
  fleet.send('main/lamp/b', { type: 'press' })
  await fleet.clock.advance(latestEveryMs + 50)
  expect(frames).toHaveLength(1)
  expect(frames[0]).toMatchObject([
    { actor: 'main/lamp/a', turn: 6, event: 'press', value: 'on', status: 'active' },
    { actor: 'main/lamp/b', turn: 2, value: 'on' },
  ])
  expect(turns).toEqual([])
  await fleet.clock.advance(2_000)
  expect(frames).toHaveLength(1) // nothing changed
  fleet.send('main/lamp/b', { type: 'press' })
  await fleet.clock.advance(latestEveryMs + 50)
  expect(frames[1]).toMatchObject([{ actor: 'main/lamp/b', turn: 3, value: 'off' }])
  await fleet.stop()
})

test('many actors are told in as many messages as they need, and none is left out', async () => {
  const { fleet, frames } = await followed((names) => names.latest('*', '*'))
  const count = 3_000
  for (let n = 0; n < count; n++) fleet.send(`main/lamp/k${n}`, { type: 'press' })
  await fleet.clock.advance(3_000)
  const last = new Map(frames.flat().map(({ actor, turn }) => [actor, turn]))
  expect(last.size).toBe(count)
  expect([...last.values()].every((turn) => turn === 2)).toBe(true)
  expect(Math.max(...frames.map((rows) => JSON.stringify(rows).length))).toBeLessThan(140 * 1024)
  expect(frames.length).toBeGreaterThan(2)
  await fleet.stop()
})

test('other types and tenants are not told, nor anything once nobody follows any more', async () => {
  const { fleet, frames, follow } = await followed((names) => names.latest('acme', 'lamp'))
  fleet.send('main/lamp/a', { type: 'press' })
  await fleet.clock.advance(500)
  expect(frames).toEqual([])
  fleet.send('acme/lamp/a', { type: 'press' })
  await fleet.clock.advance(500)
  expect(frames).toHaveLength(1)
  await fleet.clock.advance(20_000)
  fleet.send('acme/lamp/a', { type: 'press' })
  await fleet.clock.advance(500)
  expect(frames).toHaveLength(1)
  follow(10_000)
  await fleet.clock.advance(5)
  fleet.send('acme/lamp/a', { type: 'press' })
  await fleet.clock.advance(500)
  expect(frames[1]).toMatchObject([{ actor: 'acme/lamp/a', turn: 4 }])
  await fleet.stop()
})

test('who no longer follows is forgotten: a type that nobody follows costs its turns nothing', async () => {
  const fleet = await startFleet({ definitions: [lamp] })
  const telemetry = { log: { warn: () => undefined } } as unknown as Telemetry
  const watchers = new Watchers(fleet.ports, telemetry)
  const pattern = subjects(fleet.server.namespace).latest('main', 'lamp')
  const note = (): void =>
    watchers.latest.note(
      { actor: actorId('main', 'lamp', 'a'), turn: 1, at: fleet.clock.now(), message: 'm', event: { type: 'press' } },
      { value: 'on', status: 'active' },
      fleet.clock.now(),
    )
  fleet.ports.signals.publish(subjects(fleet.server.namespace).watch, Buffer.from(JSON.stringify({ pattern, ttlMs: 10_000 })))
  await fleet.clock.advance(5)
  note()
  expect(watchers.nobodyFollows).toBe(false)
  await fleet.clock.advance(11_000)
  note()
  expect(watchers.nobodyFollows).toBe(true)
  await watchers.stop()
  await fleet.stop()
})
