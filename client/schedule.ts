// Schedule
// An event for later, or again and again: kept by an actor of its own, so it is sent whatever dies meanwhile.
import { nuid } from 'nats'
import { actorId, type ActorId, type Address } from '../machines/address.ts'
import type { ActorEvent } from '../machines/message.ts'
import { scheduleType, type ScheduleAnswer, type SchedulePolicy, type ScheduleSpec, type When } from '../machines/schedule.ts'
import { AskRefused } from './errors.ts'
import type { AskOptions } from './troupe-client.ts'

export interface ScheduleOptions extends SchedulePolicy {
  /** The schedule's name among those of the tenant. Setting it again replaces what it was; setting the same changes nothing. Default: a new one. */
  readonly key?: string
  /** How long to wait until it is set. Default 30,000. */
  readonly deadlineMs?: number
}

export interface Scheduled {
  /** The schedule: ask it `schedule.describe`, `schedule.pause`, `schedule.resume`, `schedule.trigger` or `schedule.delete`. */
  readonly schedule: ActorId
  /** The first due time, epoch milliseconds; undefined when it is paused. */
  readonly next: number | undefined
}

export interface Order {
  readonly target: { readonly id: ActorId; readonly address: Address }
  readonly event: ActorEvent
  readonly when: When
}

type Ask = (to: ActorId, event: ActorEvent, options: AskOptions) => Promise<ScheduleAnswer>

export async function setSchedule(ask: Ask, { target, event, when }: Order, options: ScheduleOptions): Promise<Scheduled> {
  const { key = nuid.next(), deadlineMs, ...policy } = options
  const schedule = actorId(target.address.tenant, scheduleType, key)
  const spec: ScheduleSpec = { ...policy, target: target.id, event, when }
  const answer = await ask(schedule, { ...spec, type: 'schedule.set' }, { ...(deadlineMs !== undefined && { deadlineMs }) })
  if (answer.ok) return { schedule, next: options.paused ? undefined : answer.next }
  throw new AskRefused(`setting ${schedule}: ${answer.reason}`, answer.code)
}
