// Activation
// One actor in this worker's memory: its living state, how often it has turned, and how much of it the state store has.
//
// A1. `living` and `keeping` are what the last committed or committing group made of them; a group that fails to commit ends the whole partition.
// A2. An activation leaves the memory only when the state store holds its last turn.
// A3. What a turn led to is stored as that turn wrote it: while the state is migrated in memory only, or fits no version here, `written` is what is kept,
//     and what the next turn changes is told from there.
import { parseActorId, type ActorId, type Address } from '../machines/address.ts'
import { applyPatch } from './patch.ts'
import { LogCorrupt } from './errors.ts'
import { dueOf } from './fork-clock.ts'
import type { Entry } from './record.ts'
import { compensationsIn, underWay } from './saga.ts'
import { fit, toStored, type Host, type Living } from './statechart/index.ts'
import type { Stored, StoredChart, StoredChild, StoredKeeping } from './statechart/stored.ts'

export interface Activation {
  readonly actor: ActorId
  readonly address: Address
  /** The newest version's, or the one its state is pinned to. Undefined: no definition of this type is registered here. */
  host: Host | undefined
  /** Undefined: not born, or unfit. */
  living: Living | undefined
  /** The state as it is in log and state store, where that is not `living`'s (A3). */
  written: StoredChart | undefined
  keeping: StoredKeeping
  turn: number
  /** The state store's row: its sequence (0: none) and its turn. */
  storedSeq: number
  storedTurn: number
  /** Epoch ms of the last turn. */
  usedAt: number
  /** Bytes of the stored state, at most. */
  stateBytes: number
  /** Why the stored state runs on no version hosted here: the actor takes no turn, its messages wait, and its state stays as it is. */
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
    written: undefined,
    keeping: nothingKept,
    turn: 0,
    storedSeq: 0,
    storedTurn: 0,
    usedAt: 0,
    stateBytes: 0,
    unfit: undefined,
  }
}

/** Brings a stored image to life, on whichever version it fits; one that fits none leaves the activation unfit. */
export function revive(activation: Activation, image: StateImage, row: { readonly seq: number; readonly turn: number }): void {
  activation.turn = image.turn
  activation.storedSeq = row.seq
  activation.storedTurn = row.turn
  const { keeping, ...written } = image.stored
  activation.keeping = keeping
  activation.stateBytes = JSON.stringify(image.stored).length * 2
  const { host, actor } = activation
  if (!host) return
  const fitting = fit(host, actor, written)
  if (fitting.kind !== 'fits' && fitting.kind !== 'pinned') activation.written = written // A3
  if (fitting.kind === 'unfit') {
    const { name, version } = written.definition
    activation.unfit = `the state of turn ${image.turn}, written by ${name} ${version}, does not fit version ${host.stamp.version}: ${fitting.findings.join('; ')}`
    return
  }
  activation.host = fitting.host
  activation.living = fitting.living
}

/** The activation as the state store keeps it; undefined while there is nothing to keep. */
export function imageToStore(activation: Activation, epoch: number): StateImage | undefined {
  const { host, living, written, keeping, turn } = activation
  const chart = written ?? (host && living && toStored(host, living)) // A3
  return chart && { turn, epoch, stored: { ...chart, keeping } }
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

/** Effects that were asked for and have no result yet, compensations among them: id and idempotency key. */
export const effectsOf = ({ living, keeping }: Activation): readonly (readonly [id: string, effect: StoredChild])[] =>
  living
    ? [...Object.entries(living.children).filter(([, child]) => child.kind === 'effect' && !child.ended), ...compensationsIn(keeping)]
    : []

/** A new owner has to bring this actor back at once: it waits for an effect, a timer or its restart, or messages wait for it. */
export function isBusy(activation: Activation): boolean {
  const at = activation.living ?? activation.written
  if (!at) return false
  return waitsForRestart(activation) || Object.keys(at.timers).length > 0 || waitsForEffect(at, activation)
}

const waitsForEffect = ({ children }: Pick<StoredChart, 'children'>, { keeping }: Activation): boolean =>
  underWay(keeping) !== undefined || Object.values(children).some(({ kind, ended }) => kind === 'effect' && !ended)

/** When the actor has to be back in memory; undefined: not before a message comes. One that is unfit is looked at by every new owner, who may host what fits. */
export function wakeDue(activation: Activation): number | undefined {
  const at = activation.living ?? activation.written
  if (!at) return undefined
  if (!activation.living && (waitsForRestart(activation) || waitsForEffect(at, activation))) return activation.usedAt
  const dues = Object.values(at.timers).map((timer) => dueOf(activation.keeping, timer))
  return dues.length === 0 ? undefined : Math.min(...dues)
}

/** A restart is to come, its own or its children's, messages still wait that came before it, or somebody debugs it. */
export const waitsForRestart = ({ keeping }: Activation): boolean =>
  keeping.restartDue !== undefined || keeping.plan !== undefined || keeping.parked.length > 0 || keeping.hold !== undefined
