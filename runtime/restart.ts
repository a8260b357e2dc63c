// Restart
// An actor's life from its first state or its checkpoint again: same address, same input, and what it keeps.
import type { Activation } from './activation.ts'
import { metaFor } from './arrive.ts'
import { conclude } from './conclude.ts'
import type { Cause, Desk } from './entry.ts'
import { superviseStillbirth } from './failure.ts'
import { keptTime } from './fork-clock.ts'
import { holdAfterBirth } from './hold.ts'
import { atCheckpoint } from './reset.ts'
import { sagaThroughRestart } from './saga.ts'
import { birth, type Birth } from './statechart/index.ts'
import { keepingThroughRestart } from './supervise.ts'

export function restart(desk: Desk, activation: Activation): void {
  const { host, living, actor } = activation
  if (!host || !living) return
  const keeping = keepingThroughRestart(activation, desk.group.now)
  const { input, counter, parent } = living
  const again: Birth = { address: actor, input, counter, ...(parent && { parent }) }
  const cause: Cause = {
    id: `${actor}.restart.${activation.turn + 1}`,
    event: { type: '@restart' },
    correlation: activation.keeping.correlation,
  }
  try {
    const checkpoint = atCheckpoint(host, living, keeping)
    const meta = metaFor(desk, activation, cause)
    const outcome = checkpoint ?? birth(host, again, meta)
    const saga = sagaThroughRestart(keeping, checkpoint?.next)
    conclude(desk, activation, cause, {
      living: outcome.next,
      keeping: keptTime(holdAfterBirth(desk, activation, saga, outcome), { at: meta.at, now: desk.group.now }),
      outcome,
      whole: true,
    })
  } catch (error) {
    superviseStillbirth(desk, activation, cause, { error, keeping })
  }
}
