// Dry run
// What one event from outside would do to an actor as it is now: the real turn, taken on a copy of the activation and written into a group that nobody commits.
//
// D1. Nothing is committed, sent, started or counted, and the activation stays as it is.
import { parseActorId, type ActorId } from '../machines/address.ts'
import type { ActorEvent, Message } from '../machines/message.ts'
import { activate } from './activate.ts'
import type { Activation } from './activation.ts'
import type { Desk } from './entry.ts'
import { refusals } from './errors.ts'
import { Group } from './group.ts'
import { eventFault } from './items.ts'
import type { WorkerOptions } from './options.ts'
import type { Ports, Signal } from './ports.ts'
import { fromTheStart } from './recovery.ts'
import { accepts, type Host } from './statechart/index.ts'
import { take } from './turns.ts'
import { triesAgain } from './undo.ts'

/** What the owner of a partition lends for a dry run. */
export interface DryRunOwner {
  readonly partition: number
  readonly activations: ReadonlyMap<ActorId, Activation>
  readonly ports: Ports
  readonly hosts: ReadonlyMap<string, Host>
  readonly options: WorkerOptions
}

/** The answer: what would happen, or the code with which the message would be refused or fail. */
export type DryRun =
  | { readonly ok: true; readonly would: Would }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } }

export interface Would {
  /** False: no transition takes the event. */
  readonly handled: boolean
  /** The actor waits for its restart or for a version that fits its state, and the event would wait with it. */
  readonly parked?: true
  /** State values; `from` is null when the event would bring the actor to life. */
  readonly from: unknown
  readonly to: unknown
  readonly status: string
  readonly sends: readonly { readonly to: ActorId; readonly type: string }[]
  readonly effects: readonly { readonly src: string }[]
  readonly emits: readonly string[]
}

export async function answerDryRun(signal: Signal, owner: DryRunOwner): Promise<void> {
  signal.respond(Buffer.from(JSON.stringify(await dryRun(signal, owner))))
}

async function dryRun({ subject, bytes }: Signal, owner: DryRunOwner): Promise<DryRun> {
  const { activations, partition, ports, hosts, options } = owner
  if (bytes.length > options.messageBytesMax)
    return refuse(refusals.tooLarge, `the dry run is ${bytes.length} bytes, the limit is ${options.messageBytesMax}`)
  const asked = parse(bytes)
  if (!asked) return refuse(refusals.invalid, 'a dry run is {"actor": "tenant/type/key", "event": {"type": "…"}}')
  const { actor, event, kind = 'event' } = asked
  const tenant = subject.split('.').at(-1)
  if (parseActorId(actor)?.tenant !== tenant) return refuse(refusals.badAddress, `a dry run of tenant ${tenant} names ${actor}`)
  const fault = eventFault(event, kind)
  if (fault) return refuse(fault.code, fault.cause)
  try {
    const activation = activations.get(actor) ?? (await activate(actor, partition, ports, hosts))
    return rehearse({ ...activation }, { id: 'dry-run', to: actor, kind, event }, owner) // D1: a copy
  } catch (error) {
    return refuse('TR_SERVER_UNAVAILABLE', `reading ${actor}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function rehearse(activation: Activation, message: Message, { partition, ports, options }: DryRunOwner): DryRun {
  const group = new Group(ports.clock.now(), fromTheStart.offset, new Map(), { ports, watchers: { none: true } })
  const desk: Desk = { group, partition, options, isPaused: () => false, breakpointsOf: () => undefined, outOfDate: () => {} }
  const { host, actor } = activation
  const from = activation.living?.snapshot.value ?? null
  if (!activation.living && host?.definition.createdByMessage && message.kind === 'event')
    take(desk, activation, { kind: 'message', actor, message: birthOf(activation) })
  const { living } = activation
  const isTaken = message.kind === 'cancel' || triesAgain(activation, message.event)
  const handled = host !== undefined && living !== undefined && (isTaken || accepts(host, living, message.event))
  take(desk, activation, { kind: 'message', actor, message })
  const dead = group.entries.find((entry) => entry.dead)?.dead
  if (dead) return refuse(dead.code, dead.cause)
  return {
    ok: true,
    would: {
      handled,
      ...(group.entries.some(({ event }) => event.type === '@parked') && { parked: true }),
      from,
      to: activation.living?.snapshot.value ?? null,
      status: activation.living?.snapshot.status ?? 'unborn',
      sends: group.sends.map(({ message: { to, event } }) => ({ to, type: event.type })),
      effects: group.effects.map(({ src }) => ({ src })),
      emits: group.entries.flatMap(({ emits = [] }) => emits.map(({ type }) => type)),
    },
  }
}

/** What a first message does before its own turn; taken apart here, so that it is known whether the new actor takes the event. */
function birthOf({ actor, address: { tenant, type, key } }: Activation): Message {
  const event: ActorEvent = { type: '@init', input: { tenant, type, key } }
  return { id: 'dry-run.birth', to: actor, kind: 'init', event }
}

const refuse = (code: string, message: string): DryRun => ({ ok: false, error: { code, message } })

interface Asked {
  readonly actor: ActorId
  /** Checked like the event of any message from outside. */
  readonly event: ActorEvent
  readonly kind?: 'event' | 'cancel'
}

function parse(bytes: Uint8Array): Asked | undefined {
  try {
    const asked = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Asked> | null
    return typeof asked?.actor === 'string' && parseActorId(asked.actor) ? (asked as Asked) : undefined
  } catch {
    return undefined // said by the caller
  }
}
