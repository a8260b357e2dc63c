// System messages
// What the kernel of one actor says to the kernel of another: supervision, monitors, links. A machine never sees them.
import type { Activation } from './activation.ts'
import { arrive } from './arrive.ts'
import type { Cause, Desk } from './entry.ts'
import { onDown, onExit, onWatch } from './exits.ts'
import { onStopped } from './stops.ts'
import { onChildAnswer, onChildFailed, onHalt, onStart } from './group-restart.ts'
import { compensatedType } from './saga.ts'

export function onSystemMessage(desk: Desk, activation: Activation, cause: Cause): void {
  const { type } = cause.event
  switch (type) {
    case '@failed':
      return onChildFailed(desk, activation, cause)
    case '@halted':
      return onChildAnswer(desk, activation, cause, 'halted')
    case '@started':
      return onChildAnswer(desk, activation, cause, 'started')
    case '@stopped':
      return onStopped(desk, activation, cause)
    case '@halt':
      return onHalt(desk, activation, cause)
    case '@start':
      return onStart(desk, activation, cause)
    case '@monitor':
    case '@demonitor':
    case '@link':
    case '@unlink':
      return onWatch(desk, activation, cause, type)
    case '@down':
      return onDown(desk, activation, cause)
    case '@exit':
      return onExit(desk, activation, cause)
    case '@compensated': {
      const event = { type: compensatedType }
      return arrive(desk, activation, { kind: 'event', event }, { ...cause, event })
    }
    default:
      desk.outOfDate(activation.actor, type)
  }
}
