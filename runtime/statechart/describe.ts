// Describe
// A living actor for people and tools: the answer to a query.
import type { StateValue } from 'xstate'
import type { ActorEvent } from '../../machines/message.ts'
import { decode, encode, encodeFailure } from './codec.ts'
import { nodesOf } from './structure.ts'
import type { Json, StoredChart, StoredChild, StoredTimer } from './stored.ts'
import type { Host, Living } from './turn.ts'

export interface Description {
  readonly value: StateValue
  readonly context: Json
  readonly status: StoredChart['status']
  readonly tags: readonly string[]
  readonly output?: Json
  readonly error?: Json
  readonly children: { readonly [id: string]: StoredChild }
  readonly timers: { readonly [id: string]: StoredTimer }
}

export function describe(_host: Host, { snapshot, children, timers }: Living): Description {
  return {
    value: snapshot.value,
    context: encode(snapshot.context),
    status: snapshot.status,
    tags: [...snapshot.tags],
    ...(snapshot.output !== undefined && { output: encode(snapshot.output) }),
    ...(snapshot.status === 'error' && { error: encodeFailure(snapshot.error) }),
    children,
    timers,
  }
}

/** The ids of the machine's states, in document order. */
export const stateNames = ({ machine }: Host): readonly string[] => nodesOf(machine.root).map(({ id }) => id)

/** Whether some transition would take the event now. A guard that throws takes nothing. */
export function accepts(_host: Host, { snapshot }: Living, event: ActorEvent): boolean {
  if (snapshot.status !== 'active') return false
  try {
    return snapshot.can(decode(event as Json))
  } catch {
    return false // asked, not sent: the turn itself will say what is wrong with the guard
  }
}
