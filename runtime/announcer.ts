// Announcer
// What a partition tells the world after a commit, without storing it: replies, events for watchers, how far channels are applied; and dead letters, which are stored.
import { parseActorId, type ActorId, type Address } from '../machines/address.ts'
import type { Reply } from '../machines/message.ts'
import { subjects } from '../machines/subject.ts'
import { activate } from './activate.ts'
import type { Activation } from './activation.ts'
import { refusals, TroupeError } from './errors.ts'
import type { EffectOrder, Group } from './group.ts'
import { shownTimers } from './fork-clock.ts'
import type { Ports, Signal } from './ports.ts'
import { correlationOf, type Answer, type DeadLetter, type Entry } from './record.ts'
import { describeSaga } from './saga.ts'
import { describe, type Host } from './statechart/index.ts'
import { detailOf } from './transition.ts'
import type { Watchers } from './watchers.ts'

/** The entry a dead letter is about, and the state its actor was in: value and status, for the context may be large. */
export interface Found {
  readonly entry: Entry
  readonly state: { readonly value: unknown; readonly status: string } | undefined
}

export class Announcer {
  readonly #partition: number
  readonly #ports: Ports
  readonly #names: ReturnType<typeof subjects>
  readonly #watchers: Watchers
  /** Dead letters that are not stored yet, by id. */
  readonly #unburied = new Map<string, { readonly address: Address; readonly bytes: Uint8Array; failed: boolean }>()

  constructor(partition: number, ports: Ports, watchers: Watchers) {
    this.#partition = partition
    this.#ports = ports
    this.#names = subjects(ports.namespace)
    this.#watchers = watchers
  }

  /** What a former owner may not have sent: whoever has his answer already takes no notice. */
  answerAgain(answers: readonly Answer[]): void {
    for (const { inbox, reply } of answers) this.#answer(inbox, [reply])
  }

  /** Everything a committed group has to say. */
  announce(group: Group): void {
    const { signals } = this.#ports
    for (const [inbox, replies] of group.replies) this.#answer(inbox, replies)
    this.#tellWatchers(group)
    for (const [source, applied] of [...group.acknowledge, ...group.applied])
      if (source !== this.#partition) signals.publish(this.#names.applied(source, this.#partition), Buffer.from(String(applied)))
    for (const { index, letter } of group.dead) {
      const entry = group.entries[index]
      if (entry) this.bury(`${this.#partition}.${group.placeOf(index)}`, letter, { entry, state: group.described[index] })
    }
  }

  #answer(inbox: string, replies: readonly Reply[]): void {
    for (const part of parts(replies)) this.#ports.signals.publish(inbox, Buffer.from(JSON.stringify(part)))
  }

  /** Stores a dead letter; adding the same again does no harm. */
  bury(id: string, letter: DeadLetter, { entry, state }: Found): void {
    const { actor } = entry
    const address = parseActorId(actor) ?? { tenant: 'unknown', type: 'unreadable', key: 'address' }
    const body = {
      id,
      actor,
      kind: 'event',
      ...letter,
      at: entry.at,
      turn: entry.turn,
      message: entry.message,
      event: entry.event,
      from: entry.from,
      correlation: correlationOf(entry),
      state: { ...state, turn: entry.patch ? entry.turn - 1 : entry.turn }, // a turn that failed left the state of the one before
    }
    const { telemetry } = this.#watchers
    telemetry.deadLetters.add(1, { code: letter.code })
    telemetry.log.warn(
      { actor, id, code: letter.code, cause: letter.cause, message: entry.message, correlation: correlationOf(entry) },
      'dead letter',
    )
    this.#unburied.set(id, { address, bytes: Buffer.from(JSON.stringify(body)), failed: false })
    this.#store(id)
  }

  /** Tries again what could not be stored. */
  buryAgain(): void {
    for (const [id, letter] of this.#unburied) if (letter.failed) this.#store(id)
  }

  /** So many dead letters are not stored yet that turns should wait. */
  get full(): boolean {
    return this.#unburied.size >= unburiedMax
  }

  /** All dead letters are stored. */
  get allBuried(): boolean {
    return this.#unburied.size === 0
  }

  #store(id: string): void {
    const letter = this.#unburied.get(id)
    if (!letter) return
    letter.failed = false
    this.#ports.deadLetters.add(letter.address, id, letter.bytes).then(
      () => this.#unburied.delete(id),
      (error: unknown) => {
        const again = error instanceof TroupeError && error.retryable
        if (again) letter.failed = true
        else this.#unburied.delete(id)
        this.#watchers.telemetry.log.error(
          { id, error },
          again ? 'a dead letter was not stored; it is tried again' : 'a dead letter cannot be stored; it is in the log only',
        )
      },
    )
  }

  progress({ activation, id, src }: EffectOrder, value: unknown): void {
    this.#ports.signals.publish(
      this.#names.event(activation.address),
      Buffer.from(JSON.stringify({ actor: activation.actor, effect: { id, src }, progress: value })),
    )
  }

  /** The present state of one actor, from memory or the state store; nothing changes by asking. */
  async answerQuery(signal: Signal, activations: ReadonlyMap<ActorId, Activation>, hosts: ReadonlyMap<string, Host>): Promise<void> {
    signal.respond(Buffer.from(JSON.stringify(await this.#describe(signal, activations, hosts))))
  }

  async #describe(
    { subject, bytes }: Signal,
    activations: ReadonlyMap<ActorId, Activation>,
    hosts: ReadonlyMap<string, Host>,
  ): Promise<object> {
    const refuse = (code: string, message: string): object => ({ ok: false, error: { code, message } })
    const actor = askedFor(bytes)
    if (actor === undefined) return refuse(refusals.invalid, 'a query is {"actor": "tenant/type/key"}')
    const tenant = subject.split('.').at(-1)
    if (parseActorId(actor)?.tenant !== tenant) return refuse(refusals.badAddress, `a query of tenant ${tenant} asks for ${actor}`)
    try {
      const activation = activations.get(actor) ?? (await activate(actor, this.#partition, this.#ports, hosts))
      const { host, living, turn } = activation
      const { saga, hold, parked } = activation.keeping
      if (!host) return refuse(refusals.unknownType, `no actor type '${activation.address.type}' is registered`)
      if (activation.unfit) return refuse(refusals.needsMigration, activation.unfit)
      if (!living) return refuse(refusals.notBorn, `no actor ${actor} exists`)
      const { version } = host.stamp
      return {
        ok: true,
        state: {
          actor,
          turn,
          version,
          ...describe(host, living),
          timers: shownTimers(living, activation.keeping),
          ...(saga && { saga: describeSaga(saga) }),
          ...(hold && { hold }),
          waiting: parked.map(({ id, event, from }) => ({ id, type: event.type, from })),
        },
      }
    } catch (error) {
      return refuse('TR_SERVER_UNAVAILABLE', `reading ${actor}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #tellWatchers(group: Group): void {
    const { watchers, described } = { watchers: this.#watchers, described: group.described }
    if (!watchers.nobodyFollows)
      for (const [index, entry] of group.entries.entries()) watchers.latest.note(entry, described[index], group.now)
    for (const [index, entry] of group.entries.entries()) {
      if (!entry.emits && watchers.none) continue
      const address = parseActorId(entry.actor)
      if (!address) continue
      const subject = this.#names.event(address)
      const wanted = watchers.none ? undefined : watchers.wanted(subject)
      if (!entry.emits && !wanted) continue
      const taken = wanted === 'detail' ? group.taken?.get(entry) : undefined
      const { actor, turn, at, event, emits, effects, dead } = entry
      this.#ports.signals.publish(
        subject,
        Buffer.from(
          JSON.stringify({
            actor,
            turn,
            at,
            event: event.type,
            ...described[index],
            changed: entry.patch !== undefined || entry.snapshot !== undefined,
            emits,
            effects,
            dead,
            ...(taken && { detail: detailOf(entry, `${this.#partition}.${group.placeOf(index)}`, taken) }),
          }),
        ),
      )
    }
  }
}

function askedFor(bytes: Uint8Array): ActorId | undefined {
  try {
    const { actor } = JSON.parse(new TextDecoder().decode(bytes)) as { actor?: unknown }
    return typeof actor === 'string' && parseActorId(actor) ? (actor as ActorId) : undefined
  } catch {
    return undefined
  }
}

const repliesMax = 512
const unburiedMax = 1_000

function* parts<T>(list: readonly T[]): Iterable<readonly T[]> {
  for (let from = 0; from < list.length; from += repliesMax) yield list.slice(from, from + repliesMax)
}
