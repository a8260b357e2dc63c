import { setup } from 'xstate'
import { expect, test } from 'vitest'
import { defineActor } from '../../../runtime/define-actor.ts'
import { startFleet } from '../../support/fleet.ts'

const first = defineActor({
  name: 'door',
  version: '1',
  machine: setup({}).createMachine({ id: 'door', initial: 'open', states: { open: { on: { shut: 'closed' } }, closed: {} } }),
})
const renamed = setup({}).createMachine({
  id: 'door',
  initial: 'open',
  states: { open: { on: { close: 'shut' } }, shut: { on: { open: 'open' } } },
})

async function shutDoor() {
  const fleet = await startFleet({ definitions: [first] })
  fleet.send('main/door/d', { type: 'shut' })
  await fleet.clock.advance(6_000) // its snapshot is in the state store
  await fleet.stop()
  return fleet
}

test('an actor whose state the new version does not have takes no turn, and its stored state stays', async () => {
  const before = await shutDoor()
  const second = await startFleet({ definitions: [defineActor({ name: 'door', version: '2', machine: renamed })], world: before })
  const reply = await second.ask('main/door/d', { type: 'open' })
  expect(reply).toMatchObject({ ok: false, error: { code: 'TR_NEEDS_MIGRATION' } })
  await second.stop()
  const again = await startFleet({ definitions: [first], world: before })
  expect(await again.query('main/door/d')).toMatchObject({ state: { value: 'closed' } })
  await again.stop()
})

test('an actor whose state a migration brings to the new version goes on with it', async () => {
  const before = await shutDoor()
  const migrated = defineActor({
    name: 'door',
    version: '2',
    machine: renamed,
    migrate: { '1': (stored) => ({ ...(stored as object), value: 'shut' }) },
  })
  const second = await startFleet({ definitions: [migrated], world: before })
  expect(await second.query('main/door/d')).toMatchObject({ state: { value: 'shut' } })
  second.send('main/door/d', { type: 'open' })
  await second.clock.advance(10)
  expect(await second.query('main/door/d')).toMatchObject({ state: { value: 'open' } })
  await second.stop()
})
