import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { subjects } from '../../../machines/subject.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { startFleet } from '../../support/fleet.ts'

interface DoorContext {
  readonly tries: number
  readonly password: string
}

const door = defineActor({
  name: 'door',
  version: '1',
  machine: setup({
    types: { context: {} as DoorContext, events: {} as { type: 'open'; code: number; apiKey?: string } | { type: 'close' } },
    guards: {
      isRight: (_, { code }: { code: number }) => code === 7,
      isWeary: ({ context }) => context.tries > 1,
    },
    actions: { count: assign({ tries: ({ context }) => context.tries + 1, password: 'swordfish' }) },
  }).createMachine({
    id: 'door',
    context: { tries: 0, password: '' },
    initial: 'closed',
    states: {
      closed: {
        on: {
          open: [
            { guard: { type: 'isRight', params: ({ event }) => ({ code: event.code }) }, target: 'open' },
            { guard: 'isWeary', target: 'locked' },
            { actions: 'count' },
          ],
        },
      },
      open: { on: { close: 'closed' } },
      locked: {},
    },
  }),
})

async function watched(detail: boolean) {
  const fleet = await startFleet({ definitions: [door] })
  const names = subjects(fleet.server.namespace)
  const seen: Record<string, unknown>[] = []
  fleet.ports.signals.subscribe('*.event.main.door.*', ({ bytes }) => void seen.push(JSON.parse(Buffer.from(bytes).toString())))
  const say = (asDetail: boolean): void =>
    fleet.ports.signals.publish(
      names.watch,
      Buffer.from(JSON.stringify({ pattern: names.eventPattern('main', 'door', '*'), ttlMs: 10_000, ...(asDetail && { detail: true }) })),
    )
  say(detail)
  await fleet.clock.advance(5)
  return { fleet, seen, say }
}

test('a watcher who asks for detail sees the edge taken, the guards with their results, and what changed', async () => {
  const { fleet, seen } = await watched(true)
  fleet.send('main/door/a', { type: 'open', code: 1, apiKey: 'mine' })
  await fleet.clock.advance(50)
  const [birth, turn] = seen
  expect(birth).toMatchObject({ event: '@init', detail: { edges: [], entered: ['door', 'door.closed'], exited: [] } })
  expect(turn).toMatchObject({
    event: 'open',
    value: 'closed',
    detail: {
      machine: { name: 'door', version: '1' },
      event: { type: 'open', code: 1, apiKey: '[redacted]' },
      edges: ['door.closed|open|2'],
      entered: [],
      exited: [],
      guards: [
        { name: 'isRight', params: { code: 1 }, result: false },
        { name: 'isWeary', result: false },
      ],
      actions: ['count'],
      patch: [
        ['set', ['context', 'tries'], 1],
        ['set', ['context', 'password'], '[redacted]'],
      ],
    },
  })
  fleet.send('main/door/a', { type: 'open', code: 7 })
  await fleet.clock.advance(50)
  expect(seen[2]).toMatchObject({
    value: 'open',
    detail: { edges: ['door.closed|open|0'], exited: ['door.closed'], entered: ['door.open'], guards: [{ name: 'isRight', result: true }] },
  })
  await fleet.stop()
})

test('a watcher who does not ask for detail gets none, and a second one who does takes it for both', async () => {
  const { fleet, seen, say } = await watched(false)
  fleet.send('main/door/a', { type: 'open', code: 7 })
  await fleet.clock.advance(50)
  expect(seen).toHaveLength(2)
  expect(seen.every((sighting) => !('detail' in sighting))).toBe(true)
  say(true)
  say(false)
  await fleet.clock.advance(5)
  fleet.send('main/door/a', { type: 'close' })
  await fleet.clock.advance(50)
  expect(seen[2]).toMatchObject({ detail: { edges: ['door.open|close|0'] } })
  await fleet.clock.advance(11_000)
  fleet.send('main/door/a', { type: 'open', code: 7 })
  await fleet.clock.advance(50)
  expect(seen).toHaveLength(3) // nobody watches any more
  await fleet.stop()
})
