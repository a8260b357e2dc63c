// Partition
// One partition in the hands of its owner: claim, recover, then the loop: take what waits, turn, commit, and only then act.
// It is not the fence: the log's sequence check is (append.ts).
//
// B1. The claim is in the log before anything is read for work; an append that finds another record ends the partition here.
// B2. One group at a time: the next is computed when the one before is committed.
// B3. After the commit, in this order: replies, events for watchers, messages to other actors, effects.
// B4. At most `recordsMax` records and `uncheckedBytesMax` bytes are in the log after the last checkpoint: what recovery needs is never dropped by
//     the log's own limit, and it has an end.
import { subjects } from '../machines/subject.ts'
import type { ActorId } from '../machines/address.ts'
import { activate } from './activate.ts'
import { effectsOf, isBusy, type Activation } from './activation.ts'
import { Announcer } from './announcer.ts'
import { Care, effectAloneMs } from './care.ts'
import { Channels } from './channels.ts'
import { claimPartition, type Claim } from './claim.ts'
import { answerDryRun } from './dry-run.ts'
import { EffectsInHand } from './effects-in-hand.ts'
import { LogCorrupt, StaleOwner } from './errors.ts'
import { Group, type EffectOrder, type RecordHead } from './group.ts'
import { startWaitMs } from './hold.ts'
import { Inflow } from './inflow.ts'
import { resultItem, timerItem } from './inside-items.ts'
import type { Item } from './items.ts'
import { Keeper } from './keeper.ts'
import { LogEnd } from './log-end.ts'
import type { Reader, Signal } from './ports.ts'
import { recover, type Recovered } from './recovery.ts'
import type { Checkpoint } from './record.ts'
import { deskOf, type Shared } from './shared.ts'
import { tellCommitted, tellOwned, tellUnfit } from './tell.ts'
import { alarmsOf, Timers } from './timers.ts'
import { take } from './turns.ts'
import { WakeUps } from './wake-ups.ts'

export class Partition {
  readonly number: number
  readonly activations: Map<ActorId, Activation>
  /** Settles when the partition is no longer owned here: undefined after a release, else why. */
  readonly ended: Promise<unknown>
  readonly epoch: number
  turns = 0
  /** How long its turns took. */
  busyMs = 0
  readonly #shared: Shared
  readonly #inflow: Inflow
  readonly #channels: Channels
  readonly #timers: Timers
  readonly #keeper: Keeper
  readonly #announcer: Announcer
  readonly #readers: Reader[] = []
  readonly #settle: (reason: unknown) => void
  readonly #end: LogEnd
  readonly #care: Care
  #state: 'running' | 'draining' | 'ended' = 'running'
  #cancelTick: () => void = () => {}
  #tendedAt = 0
  /** The group that is in memory and not yet in the log. */
  #committing: Promise<void> | undefined
  readonly #effects: EffectsInHand
  readonly #wakeUps: WakeUps

  private constructor(shared: Shared, claim: Claim, recovered: Recovered) {
    const { ports, options, telemetry } = shared
    this.#shared = shared
    this.number = claim.partition
    this.epoch = claim.epoch
    this.#end = new LogEnd(shared, claim, recovered) // B4 holds from owner to owner
    this.#care = new Care(claim, options, ports.clock.now())
    this.activations = recovered.activations
    this.#inflow = new Inflow(
      claim.partition,
      { offset: recovered.offset, backlogTo: recovered.mailboxSeq, failed: (error) => void this.#stop(error), telemetry },
      ports,
      options,
    )
    this.#channels = new Channels({ ...shared, partition: claim.partition }, recovered)
    this.#timers = new Timers(ports.clock, (due) => this.#inflow.put(due.map(timerItem)))
    this.#keeper = new Keeper(this.#kept(), ports, options, telemetry)
    this.#wakeUps = new WakeUps(this.activations, (actor) => this.#keeper.woken(actor))
    this.#announcer = new Announcer(claim.partition, ports, shared.watchers)
    this.#effects = new EffectsInHand(shared.effects, ports.clock, {
      finished: (order, result) => this.#inflow.put([resultItem(order, result)]),
      progressed: (order, value) => this.#announcer.progress(order, value),
    })
    let settle: (reason: unknown) => void = () => {}
    this.ended = new Promise((resolve) => (settle = resolve))
    this.#settle = settle
  }

  /** Claims a partition and brings it to work. Throws StaleOwner when another worker was faster. */
  static async own(shared: Shared, partition: number): Promise<Partition> {
    const started = shared.ports.clock.now()
    const claim = await claimPartition(shared, partition)
    const recovered = await recover(claim, shared.ports, shared.hosts)
    const owned = new Partition(shared, claim, recovered)
    try {
      await owned.#begin(recovered)
    } catch (error) {
      await owned.#stop(error)
      throw error
    }
    tellOwned(shared, claim, recovered, shared.ports.clock.now() - started)
    return owned
  }

  /** What is not yet in a turn. */
  get inflow(): Pick<Inflow, 'size' | 'oldestWaitMs'> {
    return this.#inflow
  }

  /** Ends the partition here if the log has gone on without it. Asked now and then: an owner that appends nothing is told by nobody that it was replaced. */
  async confirm(): Promise<void> {
    try {
      await this.#end.confirm()
    } catch (error) {
      await this.#stop(error) // B1
    }
  }

  /** A tenant goes on: what waited with its actors is taken. */
  resume(tenant: string): void {
    for (const { address, actor, keeping } of this.activations.values())
      if (address.tenant === tenant && keeping.parked.length > 0) this.#inflow.put([{ kind: 'restart', actor }])
  }

  /** Stops reading, lets running effects finish for a while, and gives the partition back. */
  async release(drainMs: number): Promise<void> {
    if (this.#state !== 'running') return void (await this.ended)
    this.#state = 'draining'
    await this.#inflow.finish()
    const cancel = this.#shared.ports.clock.after(drainMs, () => this.#inflow.close())
    this.#inflow.wake()
    await this.ended
    cancel()
  }

  /** Drops everything without a word in the log, as a crash would. */
  abandon(): Promise<void> {
    return this.#stop(new StaleOwner(`partition ${this.number} was abandoned`))
  }

  /** The owner's loop. */
  async #run(): Promise<void> {
    try {
      while (await this.#inflow.something()) {
        if (this.#care.isDue(this.#shared.ports.clock.now())) await this.#shared.oneAtATime.run(() => this.#roundOfOne())
        else await this.#round(this.#inflow.take())
        if (this.#isOver) return
        await this.#tend()
      }
      if (this.#isOver) return
      await this.#end.write({ kind: 'release', ...this.#end.head })
      await this.#stop(undefined)
    } catch (error) {
      await this.#stop(error)
    }
  }

  /** One group: its turns, its commit, and what follows from it. */
  async #round(items: readonly Item[]): Promise<void> {
    await this.#load(items)
    if (this.#isOver) return
    const started = performance.now()
    const group = this.#turn(items)
    this.busyMs += performance.now() - started
    this.#committing = this.#commit(group)
    await this.#committing // B2
    this.#committing = undefined
    this.#act(group)
  }

  /** A group of one item, named in the log before it is taken: if this process dies of it, the next owner knows. */
  async #roundOfOne(): Promise<void> {
    if (this.#isOver) return // it waited for its turn
    const [item] = this.#inflow.take(1)
    if (!item) return this.#round([])
    const taken = this.#care.suspect(item)
    await this.#noteCare()
    const named = this.#end.seq
    this.#care.cleared(taken)
    await this.#round([taken])
    if (item.kind === 'start') await this.#effects.settled(item.order.key, effectAloneMs)
    if (this.#end.seq === named && !this.#isOver) await this.#noteCare() // no turn came of it, and it is not to blame for what comes next
  }

  #noteCare(): Promise<void> {
    return this.#end.write({ kind: 'turns', ...this.#head, offset: this.#inflow.offset, entries: [] })
  }

  get #head(): Omit<RecordHead, 'checkpoint'> {
    return { ...this.#end.head, ...this.#care.head(this.#shared.ports.clock.now()) }
  }

  /** Asked after every wait: what was computed for a partition that has ended must not be committed. */
  get #isOver(): boolean {
    return this.#state === 'ended'
  }

  async #begin(recovered: Recovered): Promise<void> {
    this.#readers.push(...this.#listen())
    for (const { id, letter, found } of recovered.dead) this.#announcer.bury(id, letter, found)
    this.#announcer.answerAgain(recovered.replies)
    this.#inflow.put(this.#channels.open(recovered.outbox))
    for (const activation of this.activations.values()) this.#resume(activation)
    const wakes = this.#shared.ports.wakes.read(this.number, (actor, done) => this.#inflow.put([{ kind: 'wake', actor, done }]))
    await Promise.all([this.#inflow.open(), wakes.then((reader) => (this.#isOver ? reader.stop() : void this.#readers.push(reader)))])
    this.#tick()
    void this.#run()
  }

  /** What the world asks and tells without the mailbox. */
  #listen(): Reader[] {
    const { ports, hosts } = this.#shared
    const names = subjects(ports.namespace)
    const { activations } = this
    const listen = (subject: string, heard: (signal: Signal) => unknown): Reader =>
      ports.signals.subscribe(subject, (signal) => void heard(signal))
    return [
      listen(names.appliedTo(this.number), ({ subject, bytes }) =>
        this.#channels.appliedBy(Number(subject.split('.').at(-1)), Number(Buffer.from(bytes).toString())),
      ),
      listen(names.queries(this.number), (signal) => this.#onceCommitted(() => this.#announcer.answerQuery(signal, activations, hosts))),
      listen(names.dryRuns(this.number), (signal) =>
        this.#onceCommitted(() => answerDryRun(signal, { ...this.#shared, partition: this.number, activations })),
      ),
    ]
  }

  /** Starts again what an actor was at: effects without a result, timers, a restart that was due. */
  #resume(activation: Activation): void {
    const { living, keeping, actor } = activation
    if (!living) return tellUnfit(this.#shared.telemetry, activation)
    for (const [id, { src, address, input = null }] of effectsOf(activation))
      this.#startEffect({ id, src, key: address, input, activation, correlation: keeping.correlation, trace: undefined })
    for (const alarm of alarmsOf(activation)) this.#timers.arm(alarm)
    if (keeping.restartDue === undefined && keeping.parked.length > 0) this.#inflow.put([{ kind: 'restart', actor }])
  }

  /** What is said of an actor is in the log. */
  async #onceCommitted(answer: () => Promise<void>): Promise<void> {
    while (this.#committing) await this.#committing.catch(() => {}) // the loop hears why
    await answer()
  }

  /** Brings the actors of these items into memory, all at once. */
  async #load(items: readonly Item[]): Promise<void> {
    const missing = new Set<ActorId>()
    for (const item of items) if (!this.activations.has(item.actor)) missing.add(item.actor)
    if (missing.size === 0) return
    const { ports, hosts } = this.#shared
    const loaded = await Promise.all([...missing].map((actor) => activate(actor, this.number, ports, hosts)))
    if (this.#isOver) return
    for (const activation of loaded) {
      this.activations.set(activation.actor, activation)
      this.#resume(activation)
    }
  }

  #turn(items: readonly Item[]): Group {
    const { ports, options, telemetry } = this.#shared
    const group = new Group(ports.clock.now(), this.#inflow.offset, this.#channels.sent, this.#shared)
    const desk = deskOf(this.#shared, this.number, group)
    let done = 0
    const until = group.now + options.groupMsMax
    for (const item of items) {
      if (group.bytes >= options.groupBytesMax || ports.clock.now() > until) break
      done++
      if (item.channel && !this.#channels.isNext(item.channel, group)) {
        if (item.mail) group.offset = item.mail
        continue
      }
      const activation = this.activations.get(item.actor)
      if (!activation) throw new LogCorrupt(`partition ${this.number}: ${item.actor} is not in memory for its turn`)
      group.begin()
      take(desk, activation, item)
      group.cover(item)
      if (item.channel) this.#channels.apply(item.channel)
    }
    telemetry.messages.add(done)
    this.#inflow.putBack(items.slice(done))
    return group
  }

  async #commit(group: Group): Promise<void> {
    const checkpoint = this.#keeper.checkpointFor(group.bytes)
    const works = group.entries.length > 0 || group.applied.size > 0
    if (!works && !checkpoint) return
    const { telemetry, options } = this.#shared
    const started = performance.now()
    const head = { ...this.#head, ...(checkpoint && { checkpoint }) }
    for (const bytes of group.seal(head, options.recordBytesMax)) {
      group.seqs.push(await this.#end.append(bytes))
      telemetry.recordBytes.add(bytes.length)
    }
    tellCommitted(telemetry, group, performance.now() - started)
    this.turns += group.turns
    this.#inflow.offset = group.offset
    this.#end.committed(group.seqs, { works, checkpoint })
    if (checkpoint) this.#keeper.committed(checkpoint)
  }

  /** After the commit (B3). */
  #act(group: Group): void {
    this.#announcer.announce(group)
    this.#wakeUps.committed(group)
    this.#inflow.putAgain(group)
    for (const end of group.spans) end()
    this.#inflow.put(this.#channels.committed(group, this.#shared.ports.clock.now()))
    for (const key of group.cancelled) this.#effects.cancel(key)
    for (const order of group.effects) this.#startEffect(order, group.held.has(order))
    for (const order of group.timers) this.#timers.arm(order)
    for (const fall of group.fallen) this.#shared.tenants.fell(fall, group.now)
  }

  #startEffect(order: EffectOrder, held = false): void {
    if (this.#state !== 'running') return // the next owner finds it in the snapshot
    const { clock } = this.#shared.ports
    const later = (): void => this.#inflow.put([{ kind: 'start', actor: order.activation.actor, order }])
    const waitMs = startWaitMs(order, this.#shared.tenants, clock.now())
    if (waitMs > 0) clock.after(waitMs, later)
    else if (this.#care.isDue(clock.now()) && !held) later()
    else this.#effects.start(order)
  }

  async #tend(): Promise<void> {
    const { ports, options } = this.#shared
    const now = ports.clock.now()
    const crowded = this.#shared.crowded()
    if (now - this.#tendedAt >= (crowded ? options.tickMs / 8 : options.tickMs)) {
      this.#tendedAt = now
      this.#look(now)
    }
    if (this.#state === 'draining' && this.#inflow.isEmpty && this.#effects.none) this.#inflow.close()
    if (crowded || this.#channels.full || this.#announcer.full) await this.#inflow.hold(options.tickMs / 8)
    while (this.#end.isLong && !this.#keeper.checkpoint && !this.#isOver) {
      await this.#inflow.hold(options.tickMs) // B4
      this.#look(ports.clock.now())
    }
  }

  #look(now: number): void {
    this.#keeper.tend()
    this.#channels.resend(now)
    this.#announcer.buryAgain()
  }

  #tick(): void {
    this.#cancelTick = this.#shared.ports.clock.after(this.#shared.options.tickMs, () => {
      this.#inflow.wake()
      this.#tick()
    })
  }

  #kept() {
    const current = (): Checkpoint => ({
      seq: this.#end.seq,
      offset: this.#inflow.offset,
      ...this.#channels.forCheckpoint(),
      busy: [...this.activations.values()].filter(isBusy).map((activation) => activation.actor),
    })
    return {
      partition: this.number,
      epoch: this.epoch,
      activations: this.activations,
      checkpointNow: current,
      workedAt: () => this.#end.workedAt,
      settled: () => this.#announcer.allBuried,
      holdsWakeUp: (actor: ActorId) => this.#wakeUps.holds(actor),
      crowded: () => this.#shared.crowded(),
      wake: () => this.#inflow.wake(),
      fail: (error: unknown) => void this.#stop(error),
    }
  }

  async #stop(reason: unknown): Promise<void> {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#cancelTick()
    this.#timers.stop()
    this.#inflow.close()
    this.#committing = undefined
    const effects = this.#effects.size
    this.#effects.cancelAll()
    this.activations.clear()
    await Promise.allSettled([this.#inflow.finish(), ...this.#readers.map((reader) => reader.stop())])
    if (reason !== undefined) {
      this.#shared.telemetry.losses.add(1)
      this.#shared.telemetry.log.warn(
        { partition: this.number, epoch: this.epoch, effects, error: reason },
        'partition lost; the results of its effects are dropped',
      )
    }
    this.#settle(reason)
  }
}
