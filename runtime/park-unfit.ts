// Park, unfit
// A message for an actor whose stored state runs on no version hosted here: kept in order in what the actor keeps, until an owner hosts one that fits.
//
// N1. The state itself, its stamp too, stays byte for byte as the version that wrote it left it.
// N2. What waits has limits, by count, by its own bytes and with the state it is stored beside; beyond them the sender is refused.
import type { Message } from '../machines/message.ts'
import type { Activation } from './activation.ts'
import { draftOf, refuse, stateOf, type Cause, type Desk } from './entry.ts'
import { refusals } from './errors.ts'
import { diff } from './patch.ts'
import { encode, Encoded, type StoredKeeping } from './statechart/index.ts'

export function parkUnfit(desk: Desk, activation: Activation, cause: Cause, message: Message): void {
  if (message.kind === 'init') return // it is born already
  const keeping = { ...activation.keeping, parked: [...activation.keeping.parked, message] }
  const fault = limitPassed(desk, activation, keeping)
  if (fault !== undefined)
    return refuse(desk, activation, cause, {
      code: refusals.parkedFull,
      cause: `${activation.actor} waits for a version that fits, with ${fault}`,
    })
  const waiting: Cause = { ...cause, event: { type: '@parked', event: { type: cause.event.type } } } // the message itself is in the patch
  const draft = draftOf(desk, activation, waiting, activation.turn + 1)
  draft.patch = diff({ keeping: new Encoded(activation.keeping) }, { keeping: new Encoded(keeping) }, encode) // N1
  activation.keeping = keeping
  activation.turn = draft.turn
  activation.usedAt = desk.group.now
  desk.group.turns++
  desk.group.add(draft, JSON.stringify(draft), stateOf(activation))
}

/** N2 */
function limitPassed({ options }: Desk, { written, keeping: before }: Activation, keeping: StoredKeeping): string | undefined {
  const { parkedMax, recordBytesMax, stateBytesMax } = options
  if (before.parked.length >= parkedMax) return `${before.parked.length} messages, which is the limit`
  const bytesMax = recordBytesMax / 2 // as for those that wait for a restart
  if (Buffer.byteLength(JSON.stringify(keeping.parked)) > bytesMax) return `${bytesMax} bytes of messages, which is the limit`
  if (Buffer.byteLength(JSON.stringify({ ...written, keeping })) > stateBytesMax)
    return `a state and messages of ${stateBytesMax} bytes, which is the limit`
  return undefined
}
