import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { effect } from '../../../machines/authoring.ts'
import { metaOf } from '../../../machines/message.ts'
import { subjects } from '../../../machines/subject.ts'
import { defineActor } from '../../../runtime/define-actor.ts'
import { MomentMissing } from '../../../runtime/errors.ts'
import { momentOf } from '../../../runtime/moment.ts'
import type { Entry } from '../../../runtime/record.ts'
import { prepare } from '../../../runtime/statechart/index.ts'
import { startFleet } from '../../support/fleet.ts'

const machine = setup({
  types: {
    context: {} as { readonly at: number; readonly luck: number; readonly notes: readonly string[] },
    events: {} as { type: 'go'; n: number } | { type: 'rest' } | { type: 'noise' },
  },
  actors: { fetch: effect<{ n: number }, string>() },
  guards: { isOdd: (_, { n }: { n: number }) => n % 2 === 1 },
  actions: {
    note: assign({ notes: ({ context }, { text }: { text: string }) => [...context.notes, text] }),
    draw: assign({ luck: ({ event }) => metaOf(event)?.random ?? 0 }),
  },
}).createMachine({
  id: 'diver',
  context: { at: 0, luck: 0, notes: [] },
  initial: 'surface',
  states: {
    surface: {
      on: {
        go: [
          { guard: { type: 'isOdd', params: ({ event }) => ({ n: event.n }) }, target: 'diving', actions: 'draw' },
          { target: 'resting' },
        ],
      },
    },
    diving: {
      invoke: {
        src: 'fetch',
        input: ({ event }) => ({ n: event.type === 'go' ? event.n : 0 }),
        onDone: { target: 'surface', actions: { type: 'note', params: ({ event }) => ({ text: event.output }) } },
        onError: { target: 'surface', actions: { type: 'note', params: { text: 'failed' } } },
      },
    },
    resting: { after: { 500: 'surface' }, on: { rest: { target: 'resting', reenter: true } } },
  },
})

const diver = defineActor({
  name: 'diver',
  version: '1',
  machine,
  effects: {
    fetch: { run: ({ input }) => (input.n > 4 ? Promise.reject(new Error('too deep')) : Promise.resolve(`found ${input.n}`)) },
  },
})

const id = 'main/diver/a'

async function lived() {
  const fleet = await startFleet({ definitions: [diver] })
  const names = subjects(fleet.server.namespace)
  const seen: { turn: number; value: unknown; detail?: Record<string, unknown> }[] = []
  fleet.ports.signals.subscribe('*.event.main.diver.*', ({ bytes }) => void seen.push(JSON.parse(Buffer.from(bytes).toString())))
  const watch = { pattern: names.eventPattern('main', 'diver', '*'), ttlMs: 60_000, detail: true }
  fleet.ports.signals.publish(names.watch, Buffer.from(JSON.stringify(watch)))
  await fleet.clock.advance(5)
  for (const event of [{ type: 'go', n: 1 }, { type: 'noise' }, { type: 'go', n: 2 }, { type: 'rest' }, { type: 'rest' }]) {
    fleet.send(id, event)
    await fleet.clock.advance(100)
  }
  await fleet.clock.advance(1_000)
  fleet.send(id, { type: 'go', n: 5 })
  await fleet.clock.advance(100)
  const entries = (await fleet.log()).flatMap((record): readonly Entry[] => (record.kind === 'turns' ? record.entries : []))
  return { fleet, seen, entries: entries.filter(({ actor }) => actor === id) }
}

test('every moment of a life is what watchers saw then: state, edges, guards, states entered', async () => {
  const { fleet, seen, entries } = await lived()
  expect(entries.length).toBeGreaterThan(8)
  for (const [index, entry] of entries.entries()) {
    const moment = momentOf(prepare(diver), entries.slice(0, index + 1))
    const then = seen.find(({ turn }) => turn === entry.turn)
    expect(moment).toMatchObject({ actor: id, turn: entry.turn, description: { value: then?.value } })
    const { edges, entered, exited, guards, actions } = moment.trace ?? {}
    expect({ turn: entry.turn, edges, entered, exited, guards, actions }).toEqual({
      turn: entry.turn,
      edges: then?.detail?.['edges'],
      entered: then?.detail?.['entered'],
      exited: then?.detail?.['exited'],
      guards: then?.detail?.['guards'],
      actions: then?.detail?.['actions'],
    })
  }
  expect(momentOf(prepare(diver), entries).description?.context).toMatchObject({ notes: ['found 1', 'failed'] })
  await fleet.stop()
})

test('a moment is told without its inside when another version of the machine is here', async () => {
  const { fleet, entries } = await lived()
  const other = defineActor({
    name: 'diver',
    version: '2',
    machine: setup({}).createMachine({ id: 'diver', initial: 'ashore', states: { ashore: {} } }),
  })
  const moment = momentOf(prepare(other), entries.slice(0, 2))
  expect(moment.stored).toMatchObject({ value: 'diving' })
  expect(moment.description).toBeUndefined()
  expect(moment.trace).toBeUndefined()
  await fleet.stop()
})

test('a moment whose beginning is gone says so', async () => {
  const { fleet, entries } = await lived()
  expect(() => momentOf(prepare(diver), entries.slice(1))).toThrow(MomentMissing)
  expect(() => momentOf(prepare(diver), [])).toThrow(MomentMissing)
  await fleet.stop()
})
