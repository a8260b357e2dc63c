// Keeper
// Housekeeping of one partition, beside the loop: snapshots to the state store, then a checkpoint, then a shorter mailbox; idle actors out of memory.
//
// K1. A snapshot is written no sooner than `flushEveryMs` after it was captured: the store is never ahead of a synced log.
// K2. A checkpoint names a capture all of whose snapshots are written.
// K3. A newer snapshot is never overwritten: every write expects the row it knows, and a row of a younger epoch means another owner.
import { partitionOf, type ActorId } from '../machines/address.ts'
import { effectsOf, imageToStore, waitsForRestart, wakeDue, type Activation } from './activation.ts'
import { StaleOwner } from './errors.ts'
import type { WorkerOptions } from './options.ts'
import type { Ports } from './ports.ts'
import { readImage } from './recovery.ts'
import type { Checkpoint } from './record.ts'
import type { Telemetry } from './telemetry.ts'

interface Capture {
  readonly at: number
  readonly checkpoint: Checkpoint
  readonly dirty: readonly Activation[]
}

/** What the keeper needs to know of its partition. */
export interface Kept {
  readonly partition: number
  readonly epoch: number
  readonly activations: Map<ActorId, Activation>
  /** The checkpoint that stands for this moment; only asked between two groups. */
  checkpointNow(): Checkpoint
  /** The last record that holds work. */
  workedAt(): number
  /** Nothing is on its way that only the log after the last checkpoint tells a new owner of. */
  settled(): boolean
  /** A wake-up of the actor has come and stays for the next owner. */
  holdsWakeUp(actor: ActorId): boolean
  /** More actors are in memory than the worker should hold. */
  crowded(): boolean
  /** A checkpoint is ready, or memory was freed: the loop should look. */
  wake(): void
  fail(error: unknown): void
}

export class Keeper {
  /** Ready to go into the next record that has room for it. */
  checkpoint: Checkpoint | undefined
  #capture: Capture | undefined
  #writing = false
  #captured = 0
  #trimmedAt = 0
  /** The mailbox is not needed before this sequence, and not before the one it was last trimmed to. */
  #needed = 0
  #trimmed = 0
  /** Wake-ups set at the server, by actor. */
  readonly #wakes = new Map<ActorId, number>()
  readonly #kept: Kept
  readonly #ports: Ports
  readonly #options: WorkerOptions
  readonly #telemetry: Telemetry

  constructor(kept: Kept, ports: Ports, options: WorkerOptions, telemetry: Telemetry) {
    this.#kept = kept
    this.#ports = ports
    this.#options = options
    this.#telemetry = telemetry
    this.#trimmedAt = ports.clock.now()
  }

  /** Called between two groups: takes a capture, starts writing one that is old enough, lets idle actors go. */
  tend(): void {
    const now = this.#ports.clock.now()
    if (!this.#capture && !this.checkpoint) this.#take(now)
    else if (this.#capture && !this.#writing && now - this.#capture.at >= this.#options.flushEveryMs) void this.#write(this.#capture) // K1
    this.#passivate(now)
    if (this.#needed > this.#trimmed && now - this.#trimmedAt >= this.#options.trimEveryMs) this.#trim(now)
  }

  /** The checkpoint that is ready, if a record with this many bytes of entries has room for it. */
  checkpointFor(bytes: number): Checkpoint | undefined {
    const { recordBytesMax, checkpointBytesMax } = this.#options
    return bytes + checkpointBytesMax <= recordBytesMax ? this.checkpoint : undefined
  }

  /** The checkpoint is in the log. */
  committed(checkpoint: Checkpoint): void {
    this.checkpoint = undefined
    this.#telemetry.checkpoints.add(1)
    this.#needed = checkpoint.offset.seq
  }

  /** The wake-up of this actor is gone, or will be: it needs another one before it leaves the memory. */
  woken(actor: ActorId): void {
    this.#wakes.delete(actor)
  }

  /** Not only with a checkpoint: a full mailbox brings no more work, and would stay full. */
  #trim(now: number): void {
    const { partition } = this.#kept
    const needed = this.#needed
    this.#trimmedAt = now
    this.#ports.mailbox.trim(partition, needed).then(
      () => (this.#trimmed = needed),
      (error: unknown) => this.#telemetry.log.warn({ partition, error }, 'the mailbox was not trimmed; it is tried again'),
    )
  }

  #take(now: number): void {
    if (this.#kept.workedAt() <= this.#captured || !this.#kept.settled()) return
    const checkpoint = this.#kept.checkpointNow()
    const bytes = Buffer.byteLength(JSON.stringify(checkpoint))
    if (bytes > this.#options.checkpointBytesMax)
      return this.#telemetry.log.warn(
        { partition: this.#kept.partition, bytes, waiting: checkpoint.outbox.length },
        'too much is outstanding for a checkpoint; it is tried again',
      )
    const dirty = [...this.#kept.activations.values()].filter(
      ({ living, written, turn, storedTurn }) => (living ?? written) && turn > storedTurn,
    )
    this.#captured = checkpoint.seq
    this.#capture = { at: now, checkpoint, dirty: dirty.map((activation) => ({ ...activation })) }
  }

  async #write(capture: Capture): Promise<void> {
    this.#writing = true
    try {
      const { flushInFlightMax } = this.#options
      for (let from = 0; from < capture.dirty.length; from += flushInFlightMax)
        await Promise.all(capture.dirty.slice(from, from + flushInFlightMax).map((captured) => this.#save(captured)))
      this.checkpoint = capture.checkpoint // K2
      this.#capture = undefined
      this.#telemetry.flushed.add(capture.dirty.length)
    } catch (error) {
      if (error instanceof StaleOwner) this.#kept.fail(error)
      else this.#telemetry.log.warn({ partition: this.#kept.partition, error }, 'snapshots were not written; they are tried again')
    } finally {
      this.#writing = false
      this.#kept.wake()
    }
  }

  async #save(captured: Activation): Promise<void> {
    const { partition, epoch, activations } = this.#kept
    const activation = activations.get(captured.actor)
    const image = imageToStore(captured, epoch)
    if (!activation || !image || activation.storedTurn >= captured.turn) return
    const bytes = Buffer.from(JSON.stringify(image))
    for (let attempt = 0; attempt < 3; attempt++) {
      const saved = await this.#ports.states.save(partition, captured.actor, activation.storedSeq, bytes)
      if (saved.ok) {
        activation.storedSeq = saved.seq
        activation.storedTurn = captured.turn
        return
      }
      activation.storedSeq = await this.#rowToReplace(captured)
    }
    throw new Error(`${captured.actor}: its snapshot of turn ${captured.turn} could not be written`)
  }

  /** Whose row is there: an older owner's is replaced, a younger one's means that this owner is none any more (K3). */
  async #rowToReplace(captured: Activation): Promise<number> {
    const { partition, epoch } = this.#kept
    const row = await this.#ports.states.load(partition, captured.actor)
    if (!row) return 0
    const stored = readImage(row.bytes, captured.actor)
    if (stored.epoch > epoch) throw new StaleOwner(`${captured.actor}: its snapshot is of epoch ${stored.epoch}, this owner is ${epoch}`)
    return row.seq
  }

  #passivate(now: number): void {
    const { activations, partition } = this.#kept
    const crowded = this.#kept.crowded()
    for (const [actor, activation] of activations) {
      if (!crowded && now - activation.usedAt < this.#options.idleMs) continue
      if (activation.storedTurn < activation.turn || atWork(activation)) continue
      const due = wakeDue(activation)
      if (due !== undefined && activation.living && due - this.#aheadMs(activation) <= now) continue // it would be back at once
      const isWoken = activation.unfit !== undefined && this.#kept.holdsWakeUp(actor)
      if (due !== undefined && this.#wakes.get(actor) !== due && !isWoken) {
        this.#setWake(partition, activation, due)
        continue
      }
      activations.delete(actor)
      this.#wakes.delete(actor)
      this.#telemetry.passivated.add(1)
    }
  }

  /** How long before its timer is due an actor comes back. */
  #aheadMs({ address }: Activation): number {
    const { wakeAheadMs, wakeSpreadMs } = this.#options
    return wakeAheadMs + Math.floor((wakeSpreadMs * partitionOf(address, slots)) / slots)
  }

  #setWake(partition: number, activation: Activation, due: number): void {
    const { actor } = activation
    this.#ports.wakes.set(partition, actor, due - this.#aheadMs(activation)).then(
      () => this.#wakes.set(actor, due),
      (error: unknown) => this.#telemetry.log.warn({ partition, actor, error }, 'no wake-up was set; the actor stays in memory'),
    )
  }
}

/** One that is unfit may leave: its wake-up brings it back to the next owner. */
const atWork = (activation: Activation): boolean =>
  activation.unfit === undefined && (waitsForRestart(activation) || effectsOf(activation).length > 0)

/** A prime: who share a partition are spread too. */
const slots = 997
