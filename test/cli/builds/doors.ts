// Doors in versions: 1 can be `closed`, 2 calls that `shut`.
import { setup } from 'xstate'
import { defineActor, type ActorDefinition } from '../../../runtime/define-actor.ts'

export const door = (version: string, closed: string, more: Partial<Pick<ActorDefinition, 'migrate' | 'previous'>> = {}): ActorDefinition =>
  defineActor({
    name: 'door',
    version,
    machine: setup({ types: { events: {} as { type: 'shut' } | { type: 'open' } } }).createMachine({
      id: 'door',
      initial: 'open',
      states: { open: { on: { shut: closed } }, [closed]: { on: { open: 'open' } } },
    }),
    ...more,
  })
