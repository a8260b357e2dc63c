// Fork
// The command that makes a fork of an actor: its state of a turn, and what the world answered it from there on, both from the log; and where it is to live.
import { AddressInvalid, AskRefused, type TroupeClient } from '../../../client/index.ts'
import { actorId, addressFault, keyBytesMax, parseActorId, type ActorId } from '../../../machines/address.ts'
import type { Divergence, ForkCommand } from '../../../machines/fork.ts'
import { refusals } from '../../../runtime/errors.ts'
import { recordingsOf } from '../../../runtime/recordings.ts'
import type { Database } from '../../history/database.ts'
import { countActors } from '../../history/read-actors.ts'
import { ForkKeyTaken } from './errors.ts'
import type { Past } from './past.ts'

export interface ForkWish {
  readonly of: ActorId
  /** The fork begins after it. */
  readonly turn: number
  readonly by: string
  readonly unrecorded: Divergence
  readonly sendsTo: readonly string[]
  readonly ttlMs: number
  /** It stands still at once. */
  readonly held: boolean
}

/** Turns after the fork's that recordings are read from; what the original did later counts as unrecorded. */
const recordedTurnsMax = 5_000

/** Throws `MomentMissing`, `MomentNotYet`, `ServerUnavailable`. */
export async function forkCommand(past: Past, { of, turn, by, unrecorded, sendsTo, ttlMs, held }: ForkWish): Promise<ForkCommand> {
  const { moment } = await past.at(of, turn)
  const { keeping: _keeping, ...stored } = moment.stored
  const recorded = recordingsOf(await past.after(of, turn, recordedTurnsMax), turn)
  return { type: '@fork', by, of, turn, at: moment.ownTime, stored, recorded, unrecorded, sendsTo, ttlMs, ...(held && { held }) }
}

/** Numbers that are tried for the key of a fork before it has to be named. */
const forkKeysMax = 50

/**
 * An address of the original's type that no actor has: of the given key, else of its own key, `~fork-` and a number.
 * Throws `ForkKeyTaken`, `AddressInvalid`, `ServerUnavailable`.
 */
export async function forkAddress(
  client: TroupeClient,
  database: Database,
  { of, key }: { readonly of: ActorId; readonly key: string | undefined },
): Promise<ActorId> {
  const { tenant, type, key: own } = parseActorId(of) ?? { tenant: '', type: '', key: '' }
  if (key !== undefined) {
    const fault = addressFault({ tenant, type, key })
    if (fault !== undefined) throw new AddressInvalid(`forking ${of} as '${key}': ${fault}`)
    const fork = actorId(tenant, type, key)
    if (!(await isFree(client, fork))) throw new ForkKeyTaken(`forking ${of}: ${fork} exists already; name another key, or none`)
    return fork
  }
  const stem = `${stemOf(own)}~fork-`
  const first = (await countActors(database, actorId(tenant, type, stem))) + 1
  for (let n = first; n < first + forkKeysMax; n++) {
    const fork = actorId(tenant, type, `${stem}${n}`)
    if (await isFree(client, fork)) return fork
  }
  throw new ForkKeyTaken(`forking ${of}: ${stem}${first} and the ${forkKeysMax} keys after it are taken; name a key`)
}

/** As much of the key as leaves room for what makes it another. */
function stemOf(key: string): string {
  const room = keyBytesMax - '~fork-1000000000'.length
  let stem = key
  while (Buffer.byteLength(stem) > room) stem = Array.from(stem).slice(0, -1).join('') // whole characters
  return stem
}

async function isFree(client: TroupeClient, actor: ActorId): Promise<boolean> {
  try {
    await client.query(actor)
    return false
  } catch (error) {
    if (error instanceof AskRefused && error.code === refusals.notBorn) return true
    if (error instanceof AskRefused && error.code === refusals.needsMigration) return false
    throw error
  }
}
