// Lessons actor
// The keeper of a tenant's lessons, under the key `main`. Tasks tell it; from outside it can only be asked, and told to forget.
import { parseActorId } from '../machines/address.ts'
import { lessonsMachine } from '../machines/lessons.machine.ts'
import { lessonsType } from '../machines/lessons.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'
import { acceptsOnly, cancel, nothingElse } from './accepts.ts'
import { forgetLessons, keepLessons } from './lessons-memory.ts'
import type { ActorPorts } from './ports.ts'

const keepTimeoutMs = 30_000

export const lessonsActor = (ports: ActorPorts): ActorDefinition =>
  defineActor({
    name: lessonsType,
    version: '1',
    machine: lessonsMachine,
    effects: {
      keep: {
        run: async ({ input, actor, signal }) => {
          await keepLessons(ports, tenantOf(actor), input.lessons, signal)
          return null
        },
        timeoutMs: keepTimeoutMs,
        attemptsMax: 1, // The machine backs off, durably, and says so.
      },
      forget: {
        run: async ({ actor }) => {
          await forgetLessons(ports, tenantOf(actor))
          return null
        },
        timeoutMs: keepTimeoutMs,
        attemptsMax: 3,
        backoffMs: 1_000,
      },
    },
    supervision: { restart: 'permanent' },
    accepts: acceptsOnly({ 'lessons.status': nothingElse, 'lessons.forget': nothingElse, cancel }),
  })

const tenantOf = (actor: string): string => parseActorId(actor)?.tenant ?? ''
