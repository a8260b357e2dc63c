// Signals
// What the kernel of one actor says to the kernel of another: supervision, monitors, links. A machine never sees them.
import type { Activation } from './activation.ts'
import type { Cause, Desk } from './entry.ts'
import { onDown, onExit, onWatch } from './exits.ts'
import { onChildAnswer, onChildFailed, onHalt, onStart } from './group-restart.ts'

export function onSignal(desk: Desk, activation: Activation, cause: Cause): void {
  const { type } = cause.event
  switch (type) {
    case '@failed':
      return onChildFailed(desk, activation, cause)
    case '@halted':
      return onChildAnswer(desk, activation, cause, 'halted')
    case '@started':
      return onChildAnswer(desk, activation, cause, 'started')
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
    default:
      desk.outOfDate(activation.actor, type)
  }
}
