// Activate
// Brings one actor into memory from the state store: as it was flushed, or unborn when it never was.
import type { ActorId } from '../machines/address.ts'
import { revive, unborn, type Activation } from './activation.ts'
import type { Ports } from './ports.ts'
import { readImage } from './recovery.ts'
import type { Host } from './statechart/index.ts'

export async function activate(
  actor: ActorId,
  partition: number,
  { states, clock }: Pick<Ports, 'states' | 'clock'>,
  hosts: ReadonlyMap<string, Host>,
): Promise<Activation> {
  const activation = unborn(actor, hosts)
  activation.usedAt = clock.now()
  const row = activation.host && (await states.load(partition, actor))
  if (row) {
    const image = readImage(row.bytes, actor)
    revive(activation, image, { seq: row.seq, turn: image.turn })
  }
  return activation
}
