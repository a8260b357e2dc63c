// Activation
// One actor in this worker's memory: its living state, how often it has turned, and how much of it the state store has.
//
// A1. `living` and `keeping` are what the last committed or committing group made of them; a group that fails to commit ends the whole partition.
// A2. An activation leaves the memory only when the state store holds its last turn.
import { parseActorId, type ActorId, type Address } from '../machines/address.ts'
import { applyPatch } from './patch.ts'
import { LogCorrupt } from './errors.ts'
import type { Entry } from './record.ts'
import { check, fromStored, toStored, type Host, type Living } from './statechart/index.ts'
import type { Stored, StoredChild, StoredKeeping } from './statechart/stored.ts'

export interface Activation {
  readonly actor: ActorId
  readonly address: Address
  /** Undefined: no definition of this type is registered here. */
  readonly host: Host | undefined
  /** Undefined: not born. */
  living: Living | undefined
  keeping: StoredKeeping
  turn: number
  /** The state store's row: its sequence (0: none) and its turn. */
  storedSeq: number
  storedTurn: number
  /** Epoch ms of the last turn. */
  usedAt: number
  /** Bytes of the stored state, at most. */
  stateBytes: number
  /** Why the stored snapshot cannot run on this version; the actor takes no turn and is never written. */
  unfit: string | undefined
}

/** What the state store holds of an actor. */
export interface StateImage {
  readonly turn: number
  readonly epoch: number
  readonly stored: Stored
}

export const nothingKept: StoredKeeping = { asks: [], restarts: [], failures: 0, parked: [] }

export function unborn(actor: ActorId, hosts: ReadonlyMap<string, Host>): Activation {
  const address = parseActorId(actor)
  if (!address) throw new LogCorrupt(`activating ${actor}: not an address`)
  return {
    actor,
    address,
    host: hosts.get(address.type),
    living: undefined,
    keeping: nothingKept,
    turn: 0,
    storedSeq: 0,
    storedTurn: 0,
    usedAt: 0,
    stateBytes: 0,
    unfit: undefined,
  }
}

/** Brings a stored image to life; a snapshot that does not fit the machine leaves the activation unfit and the row untouched. */
export function revive(activation: Activation, image: StateImage, row: { readonly seq: number; readonly turn: number }): void {
  activation.turn = image.turn
  activation.storedSeq = row.seq
  activation.storedTurn = row.turn
  activation.keeping = image.stored.keeping
  const { host, actor } = activation
  if (!host) return
  try {
    const fitting = fit(host, image.stored)
    if (typeof fitting === 'string') activation.unfit = fitting
    else activation.living = fromStored(host, actor, fitting)
  } catch (error) {
    activation.unfit = `restoring the snapshot of turn ${image.turn}: ${error instanceof Error ? error.message : String(error)}`
  }
  activation.stateBytes = JSON.stringify(image.stored).length * 2
}

/** The snapshot for the machine of today: as it is, migrated, or the reason why neither works. */
function fit(host: Host, stored: Stored): Stored | string {
  const written = stored.definition
  if (written.hash === host.stamp.hash) return stored
  const migrate = host.definition.migrate[written.version]
  const candidate = migrate ? (migrate(stored) as Stored) : stored
  const faults = check(host, candidate)
  if (faults.length === 0) return { ...candidate, definition: host.stamp }
  return `written by ${written.name} ${written.version}, does not fit version ${host.stamp.version}: ${faults.join('; ')}`
}

/** The activation as the state store keeps it; undefined while there is nothing to keep. */
export function imageToStore(activation: Activation, epoch: number): StateImage | undefined {
  const { host, living } = activation
  if (!host || !living) return undefined
  return { turn: activation.turn, epoch, stored: { ...toStored(host, living), keeping: activation.keeping } }
}

/** The stored image after one more entry of the log; entries the image already contains change nothing. */
export function replay(image: StateImage | undefined, entry: Entry, epoch: number): StateImage | undefined {
  if (image && entry.turn <= image.turn) return image
  if (entry.snapshot) return { turn: entry.turn, epoch, stored: entry.snapshot }
  if (!entry.patch) return image && { ...image, turn: entry.turn }
  if (!image || image.turn !== entry.turn - 1)
    throw new LogCorrupt(
      `replaying ${entry.actor}: the log is at turn ${entry.turn}, the snapshot at ${image?.turn ?? 0}: turns between are missing`,
    )
  return { turn: entry.turn, epoch, stored: applyPatch(image.stored, entry.patch) }
}

/** Effects that were asked for and have no result yet: child id and idempotency key. */
export const effectsOf = ({ living }: Activation): readonly (readonly [id: string, effect: StoredChild])[] =>
  living ? Object.entries(living.children).filter(([, child]) => child.kind === 'effect' && !child.ended) : []

/** A new owner has to bring this actor back at once: it waits for an effect, a timer or its restart. */
export function isBusy(activation: Activation): boolean {
  const { living } = activation
  if (!living) return false
  return waitsForRestart(activation) || Object.keys(living.timers).length > 0 || effectsOf(activation).length > 0
}

/** A restart is to come, or messages still wait that came before it. */
export const waitsForRestart = ({ keeping }: Activation): boolean => keeping.restartDue !== undefined || keeping.parked.length > 0
