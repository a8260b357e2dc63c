// Task effects
// What a task's machine asks of the world before it asks for an agent: what is remembered of tasks like it.
import { parseActorId } from '../machines/address.ts'
import type { RecallInput, Recalled } from '../machines/lessons.ts'
import type { EffectSpec } from '../runtime/define-actor.ts'
import { recallLessons } from './lessons-memory.ts'
import type { ActorPorts } from './ports.ts'

/** A task does not wait longer for what it can do without. */
const recallTimeoutMs = 2_000

export const taskEffects = (ports: ActorPorts) => ({
  recall: {
    run: ({ input, actor, signal }) => recallLessons(ports, parseActorId(actor)?.tenant ?? '', input, signal),
    timeoutMs: recallTimeoutMs,
    attemptsMax: 1, // The machine goes on without.
  } satisfies EffectSpec<RecallInput, Recalled>,
})
