// Feed
// Live actors as messages for Stately's inspector: watches them, asks for what a watch does not tell, and tells whoever listens.
// It is not for programs: what comes too fast is left out, and what happens while the server is away is not told afterwards.
//
// F1. An actor is announced before anything is told of it, and its parent before it.
// F2. Nothing is left out in silence: turns, actors and answers that are not shown are counted, and the count is said.
// F3. At most `actorsMax` actors are kept, and at most `turnsPerSecondMax` turns are told; who was passed over is brought up to date afterwards.
// F4. Who comes late is told every actor as it is now, then what follows.
import { setTimeout as delay } from 'node:timers/promises'
import type { ActorState, Sighting, Transition, TroupeClient, Watch } from '../../client/index.ts'
import { parseActorId, type ActorId } from '../../machines/address.ts'
import { readDetail, type TurnDetail } from './detail.ts'
import { inspectActor, inspectEvent, inspectSnapshot, type About, type ActorInspection, type Inspection } from './inspection.ts'
import { ask, askAll, childrenOf, isWanted, lookAround, type Pattern } from './look-around.ts'
import { ShownActor, type FirstSeen } from './shown-actor.ts'
import { Tally } from './tally.ts'

export interface FeedLimits {
  /** Actors that are shown at once; one that has ended makes room. */
  readonly actorsMax: number
  readonly turnsPerSecondMax: number
}

export const feedLimits: FeedLimits = { actorsMax: 100, turnsPerSecondMax: 250 }

export interface FeedSpec {
  readonly client: Pick<TroupeClient, 'watch' | 'query'>
  readonly patterns: readonly Pattern[]
  readonly limits: FeedLimits
  /** The addresses of actors with a stored state. */
  stored(): AsyncIterable<ActorId>
  /** Resolves once owners can know what is watched. */
  settled(): Promise<unknown>
  /** The machine of an actor type, as JSON text; undefined when it is not known here. */
  definitionOf(type: string, version: string | undefined): string | undefined
  note(line: string): void
}

export type Listener = (inspection: Inspection) => void

/** Turns that may wait to be read: more than one loop of the process takes. */
const bufferMax = 16_384
/** Children that were started and are not seen yet. */
const parentsMax = 10_000
const paceMs = 1_000
const refreshAttemptsMax = 30
const refreshMs = 500
/** Time for the turns of a child that is watched from now on to come by themselves. */
const greetMs = 500

export class Feed {
  readonly #spec: FeedSpec
  readonly #tally: Tally
  readonly #actors = new Map<ActorId, ShownActor>()
  readonly #parents = new Map<ActorId, ActorId>()
  readonly #watches = new Map<string, Watch>()
  readonly #listeners = new Set<Listener>()
  readonly #asking = new Set<ActorId>()
  readonly #ended = Promise.withResolvers<void>()
  #pace = { since: 0, told: 0 }
  #catchUp: ReturnType<typeof setTimeout> | undefined
  #stopped = false

  constructor(spec: FeedSpec) {
    this.#spec = spec
    this.#tally = new Tally((line) => spec.note(line))
    this.#ended.promise.catch(() => {}) // for whoever awaits it
  }

  /** Rejects when it cannot go on. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get size(): number {
    return this.#actors.size
  }

  /** Watches first, then looks who is there: what happens in between is told. Rejects like `lookAround`. */
  async start(): Promise<void> {
    for (const pattern of this.#spec.patterns) this.#watch(pattern)
    await this.#spec.settled()
    for (const state of await lookAround({ ...this.#spec, tally: this.#tally })) this.#meet(state)
  }

  /** Asks every actor that is shown for its state, after turns may have been missed: again and again while owners do not answer, as after an outage. */
  async refresh(): Promise<void> {
    const waiting = new Set([...this.#actors.values()].filter(({ hasEnded }) => !hasEnded).map(({ id }) => id))
    for (let attempt = 1; attempt <= refreshAttemptsMax && waiting.size > 0 && !this.#stopped; attempt++) {
      if (attempt > 1) await delay(refreshMs, undefined, { ref: false })
      for (const state of await askAll({ ...this.#spec, tally: this.#tally }, [...waiting])) {
        waiting.delete(state.actor)
        this.#meet(state)
      }
    }
  }

  /** Tells every actor as it is now (F4), then what happens, until the function it gives is called. */
  join(listener: Listener): () => void {
    for (const actor of this.#actors.values()) listener(this.#announcement(actor)) // F1: kept in the order they were announced
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    clearTimeout(this.#catchUp)
    for (const watch of this.#watches.values()) watch.stop()
    this.#tally.say()
    this.#ended.resolve()
  }

  #watch(pattern: Pattern): void {
    const name = `${pattern.tenant}/${pattern.type}/${pattern.key}`
    if (this.#stopped || this.#watches.has(name)) return
    const watch = this.#spec.client.watch(pattern, { detail: true, bufferMax })
    this.#watches.set(name, watch)
    this.#follow(watch).catch((error: unknown) => this.#ended.reject(error))
  }

  async #follow(watch: Watch): Promise<void> {
    let dropped = 0
    for await (const sighting of watch) {
      if (watch.dropped > dropped) this.#tally.add('turns were not seen: they came faster than they could be read', watch.dropped - dropped) // F2
      dropped = watch.dropped
      this.#take(sighting)
    }
    if (!this.#stopped && [...this.#watches.values()].includes(watch)) this.#ended.resolve() // the client was closed
  }

  #take(seen: Sighting): void {
    if (seen.kind === 'progress') return // the inspector has no place for it
    const detail = readDetail(seen.detail)
    const actor = this.#actors.get(seen.actor) ?? this.#begin(seen, detail)
    for (const child of detail?.started ?? []) this.#expect(child, seen.actor)
    if (!actor) return this.#tally.add(`turns of other actors were not shown: ${this.#spec.limits.actorsMax} are shown at once`) // F2
    if (seen.dead && seen.turn <= actor.turn) return this.#tellTurn(actor, seen, detail) // the event that became a dead letter; no turn
    const missed = actor.take(seen, detail?.patch)
    if (missed === undefined) return
    if (missed > 0) this.#tally.add('turns were not seen', missed) // F2
    this.#tellTurn(actor, seen, detail)
    if (actor.isUnknown) this.#ask(actor)
    if (actor.hasEnded && !isWanted(this.#spec.patterns, actor.id)) this.#unwatch(actor.id)
  }

  #tellTurn(actor: ShownActor, seen: Transition, detail: TurnDetail | undefined): void {
    if (!this.#mayTell()) return this.#passOver(actor)
    const about = aboutOf(actor, seen.at)
    const event = eventOf(seen, detail)
    this.#tell(inspectEvent(about, { id: detail?.message ?? null, event, from: detail?.from }))
    this.#tell(inspectSnapshot(about, actor.snapshot, event))
  }

  /** A child that is started is shown with its parent, wanted by itself or not. */
  #expect(child: ActorId, parent: ActorId): void {
    if (!this.#actors.has(parent) && !isWanted(this.#spec.patterns, parent)) return
    if (this.#parents.size >= parentsMax) for (const [oldest] of this.#parents) if (this.#parents.delete(oldest)) break
    this.#parents.set(child, parent)
    const address = parseActorId(child)
    if (!address || isWanted(this.#spec.patterns, child)) return
    if (this.#watches.size < this.#spec.patterns.length + this.#spec.limits.actorsMax) {
      this.#watch(address)
      this.#greet(child).catch((error: unknown) => (this.#stopped ? undefined : this.#ended.reject(error)))
    } else this.#tally.add('children of shown actors are not followed: name their type in a pattern') // F2
  }

  /** A child whose owner heard of the watch after its birth is asked for: else nobody would see it before its next turn. */
  async #greet(child: ActorId): Promise<void> {
    await this.#spec.settled()
    await delay(greetMs, undefined, { ref: false })
    if (this.#stopped || this.#actors.has(child)) return
    const state = await ask(this.#spec.client, child, this.#tally)
    if (state && !this.#actors.has(child)) this.#meet(state)
  }

  #unwatch(actor: ActorId): void {
    this.#watches.get(actor)?.stop()
    this.#watches.delete(actor)
  }

  /** An actor seen for the first time, by a turn of it: that of its birth is sent by its parent. */
  #begin(seen: Transition, detail: TurnDetail | undefined): ShownActor | undefined {
    const parent = seen.event === birthEvent ? detail?.from : undefined
    return this.#add(seen.actor, { ...seen, turn: seen.turn - 1, version: detail?.version, parent })
  }

  #meet(state: ActorState): void {
    if (this.#stopped) return
    const known = this.#actors.get(state.actor)
    if (known) return this.#learn(known, state, true)
    const added = this.#add(state.actor, { ...state, at: Date.now() }, state)
    for (const child of childrenOf(state)) this.#expect(child, state.actor)
    if (!added) this.#tally.add(`actors are not shown: ${this.#spec.limits.actorsMax} are, at once; name fewer, or raise --actors-max`) // F2
  }

  #add(id: ActorId, first: FirstSeen & { readonly parent?: ActorId | undefined }, state?: ActorState): ShownActor | undefined {
    if (this.#actors.size >= this.#spec.limits.actorsMax && !this.#makeRoom()) return undefined // F3
    const parent = this.#actors.get(first.parent ?? this.#parents.get(id) ?? id)
    this.#parents.delete(id)
    const actor = new ShownActor(id, first, { parent: parent?.id, root: parent?.root ?? id })
    if (state) actor.learn(state, first.at)
    this.#actors.set(id, actor)
    this.#tell(this.#announcement(actor)) // F1
    return actor
  }

  /** Forgets an actor that has ended: the inspector keeps it, who comes later does not see it. */
  #makeRoom(): boolean {
    for (const [id, actor] of this.#actors) if (actor.hasEnded) return this.#actors.delete(id)
    return false
  }

  #announcement(actor: ShownActor): ActorInspection {
    const { type } = parseActorId(actor.id) ?? { type: '' }
    const definition = this.#spec.definitionOf(type, actor.version)
    return inspectActor(aboutOf(actor, actor.at), { parent: actor.parent, definition, snapshot: actor.snapshot })
  }

  /** One question an actor at a time: what its next turns need is asked then. */
  #ask(actor: ShownActor): void {
    if (this.#asking.has(actor.id)) return
    this.#asking.add(actor.id)
    ask(this.#spec.client, actor.id, this.#tally)
      .then((state) => {
        this.#asking.delete(actor.id)
        if (!state || this.#stopped || this.#actors.get(actor.id) !== actor) return
        this.#learn(actor, state)
        if (actor.isUnknown) this.#ask(actor)
      })
      .catch((error: unknown) => (this.#stopped ? undefined : this.#ended.reject(error)))
  }

  #learn(actor: ShownActor, state: ActorState, jump = false): void {
    const missed = jump ? Math.max(0, state.turn - actor.turn) : 0
    if (missed > 0) this.#tally.add('turns were not seen', missed) // F2
    if (actor.learn(state, Date.now(), jump)) this.#tellState(actor)
  }

  #tellState(actor: ShownActor): void {
    if (!this.#mayTell()) return this.#passOver(actor, 0)
    actor.behind = false
    this.#tell(inspectSnapshot(aboutOf(actor, actor.at), actor.snapshot))
  }

  #tell(inspection: Inspection): void {
    for (const listener of this.#listeners) listener(inspection)
  }

  /** F3. */
  #mayTell(): boolean {
    const now = performance.now()
    if (now - this.#pace.since >= paceMs) this.#pace = { since: now, told: 0 }
    if (this.#pace.told >= this.#spec.limits.turnsPerSecondMax) return false
    this.#pace.told++
    return true
  }

  #passOver(actor: ShownActor, turns = 1): void {
    actor.behind = true
    if (turns > 0)
      this.#tally.add(
        `turns were passed over: more than ${this.#spec.limits.turnsPerSecondMax} came in a second; states are brought up to date`,
        turns,
      ) // F2
    this.#catchUp ??= setTimeout(() => this.#bringUpToDate(), this.#pace.since + paceMs - performance.now() + 1)
  }

  #bringUpToDate(): void {
    this.#catchUp = undefined
    for (const actor of this.#actors.values()) if (actor.behind) this.#tellState(actor)
  }
}

const birthEvent = '@init'

const aboutOf = (actor: ShownActor, at: number): About => ({ actor: actor.id, root: actor.root, at })

/** XState's inspector knows the birth of an actor by the name that XState gives it. */
function eventOf(seen: Transition, detail: TurnDetail | undefined): object {
  const event = detail?.event ?? { type: seen.event }
  return seen.event === birthEvent ? { ...event, type: 'xstate.init' } : event
}
