// Schedule actor
// One schedule; its key is the schedule's name. It hosts beside the actors it sends to, and takes for them only what they take from outside:
// an actor believes what another actor sends, so a schedule must not be a way around that.
import { parseActorId } from '../machines/address.ts'
import type { ActorEvent } from '../machines/message.ts'
import { scheduleMachine } from '../machines/schedule.machine.ts'
import { scheduleType } from '../machines/schedule.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'
import { acceptsOnly, cancel, nothingElse, scheduleFinished, scheduleSet } from './accepts.ts'

/** The actor type of schedules, for a worker that hosts `targets`: `definitions: [...targets, scheduleActor(targets)]`. */
export function scheduleActor(targets: readonly ActorDefinition[]): ActorDefinition {
  const byType = new Map(targets.map((definition) => [definition.name, definition]))
  const check = (event: ActorEvent): string | undefined =>
    accepted(event) ?? (event.type === 'schedule.set' ? targetFault(event, byType) : undefined)
  return defineActor({
    name: scheduleType,
    version: '1',
    machine: scheduleMachine,
    supervision: { restart: 'permanent' },
    accepts: Object.assign(check, { schemas: accepted.schemas }),
  })
}

const accepted = acceptsOnly({
  'schedule.set': scheduleSet,
  'schedule.pause': nothingElse,
  'schedule.resume': nothingElse,
  'schedule.delete': nothingElse,
  'schedule.trigger': nothingElse,
  'schedule.describe': nothingElse,
  'schedule.finished': scheduleFinished,
  cancel,
})

/** What the target would refuse from outside; a target that is no address the machine refuses itself. */
function targetFault(event: ActorEvent, byType: ReadonlyMap<string, ActorDefinition>): string | undefined {
  const { target, event: given } = event as ActorEvent & { readonly target: string; readonly event: ActorEvent } // its shape is checked
  const address = parseActorId(target)
  if (!address) return undefined
  const definition = byType.get(address.type)
  if (!definition)
    return `'schedule.set': no actor type '${address.type}' can be scheduled here; there are ${[...byType.keys()].join(', ')}`
  const fault = definition.accepts?.(given)
  return fault === undefined ? undefined : `'schedule.set': ${target} would not take its event: ${fault}`
}
