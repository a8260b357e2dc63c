// Inside items
// The items that arise in a partition itself: timers, results of effects, messages to actors of the same partition.
import type { EffectOrder, TimerOrder } from './group.ts'
import type { EffectResult, Item } from './items.ts'
import type { Sent } from './record.ts'

export const timerItem = ({ actor, id, n }: TimerOrder): Item =>
  id === undefined ? { kind: 'restart', actor } : { kind: 'timer', actor, id, n }

export const localItem = (partition: number, { seq, message }: Sent): Item => ({
  kind: 'message',
  actor: message.to,
  message,
  channel: { source: partition, seq },
})

export const resultItem = (
  { activation, id, key, correlation, trace }: EffectOrder,
  result: EffectResult,
): Extract<Item, { kind: 'result' }> => ({
  kind: 'result',
  actor: activation.actor,
  id,
  key,
  result,
  correlation,
  trace,
})
