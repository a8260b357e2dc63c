// Doors in three versions, for tests of what becomes of actors when their machine changes.
import { assign, setup } from 'xstate'
import { reply } from '../../../machines/authoring.ts'
import type { Reply } from '../../../machines/message.ts'
import { defineActor, type ActorDefinition } from '../../../runtime/define-actor.ts'
import type { StoredChart } from '../../../runtime/statechart/index.ts'
import { startFleet } from '../../support/fleet.ts'

type Fleet = Awaited<ReturnType<typeof startFleet>>

/** A door that counts its knocks. The states it can be in, by version: 1 has `closed`, 2 calls it `shut` and wants a `colour`, 3 calls it `locked`. */
export const doorMachine = (closed: string, colour?: string) =>
  setup({
    types: {
      context: {} as { knocks: number[]; colour?: string },
      events: {} as { type: 'knock'; n: number } | { type: 'shut' } | { type: 'open' },
    },
    actions: {
      knock: assign({ knocks: ({ context, event }) => (event.type === 'knock' ? [...context.knocks, event.n] : context.knocks) }),
      answer: reply(({ context }) => context.knocks),
    },
  }).createMachine({
    id: 'door',
    context: { knocks: [], ...(colour !== undefined && { colour }) },
    initial: 'open',
    on: { knock: { actions: ['knock', 'answer'] } },
    states: { open: { on: { shut: closed } }, [closed]: { on: { open: 'open' } } },
  })

export const renamed =
  (from: string, to: string) =>
  (stored: StoredChart): StoredChart => ({ ...stored, value: stored.value === from ? to : stored.value })

export const painted = (stored: StoredChart): StoredChart => ({
  ...renamed('closed', 'shut')(stored),
  context: { ...(stored.context as object), colour: 'red' },
})
export const v1 = defineActor({ name: 'door', version: '1', machine: doorMachine('closed') })
export const v2 = defineActor({ name: 'door', version: '2', machine: doorMachine('shut', 'blue') })
export const v2Migrating = defineActor({ name: 'door', version: '2', machine: doorMachine('shut', 'blue'), migrate: { '1': painted } })
export const v3 = defineActor({
  name: 'door',
  version: '3',
  machine: doorMachine('locked', 'blue'),
  migrate: { '1': { to: '2', run: painted }, '2': renamed('shut', 'locked') },
})

/** A world with doors of version 1 that were shut and have left the memory of every worker. */
export async function shutDoors(keys: readonly string[] = ['d'], definition: ActorDefinition = v1): Promise<Fleet> {
  const fleet = await startFleet({ definitions: [definition] })
  for (const key of keys) fleet.send(`main/door/${key}`, { type: 'shut' })
  await fleet.clock.advance(6_000)
  await fleet.stop()
  return fleet
}

export async function replaceBy(fleet: Fleet, definition: ActorDefinition): Promise<Fleet> {
  await fleet.stop()
  return startFleet({ definitions: [definition], world: fleet })
}

export async function crashAll(fleet: Fleet): Promise<void> {
  for (const worker of fleet.workers.slice()) await fleet.crash(worker) // each one leaves the list
}

/** Asks without waiting for the answer: what has come so far is in the list. */
export function askAndGoOn(fleet: Fleet, actor: string, event: { type: string }, headers: Record<string, string> = {}): Reply[] {
  const inbox = `_INBOX.later.${actor.replaceAll('/', '-')}`
  const replies: Reply[] = []
  fleet.ports.signals.subscribe(inbox, ({ bytes }) => replies.push(...(JSON.parse(new TextDecoder().decode(bytes)) as Reply[])))
  fleet.send(actor, event, { 'Troupe-Reply': inbox, ...headers })
  return replies
}

export const codesOf = (fleet: Fleet): string[] =>
  fleet.server.deadLetters().map(({ bytes }) => (JSON.parse(Buffer.from(bytes).toString()) as { code: string }).code)
export const knocksOf = async (fleet: Fleet, key = 'd'): Promise<unknown> =>
  (await fleet.query(`main/door/${key}`)).state?.context['knocks']
