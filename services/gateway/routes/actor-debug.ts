// Actor debug routes
// Holds an actor, lets it step or go, sets its breakpoints, and makes forks of it. Who asks stands in the log, and every hold ends by itself.
import { z } from 'zod'
import { breakpointsMax, holdMsMax, stepsMax, type DebugCommand } from '../../../machines/debug.ts'
import { forkAddress, forkCommand } from '../../inspector/moments/fork.ts'
import { inspectionOf } from '../inspection.ts'
import { route } from '../route.ts'
import { actorParams, breakpoint, hold, namedActor } from './actor-params.ts'

const holdMsDefault = 300_000
/** How long the actor's owner has to answer. */
const answerMsMax = 10_000
const byCharactersMax = 256
const keyCharactersMax = 256
const sendsToMax = 20
const typeCharactersMax = 64

const ttlMs = z.int().min(1).max(holdMsMax).default(holdMsDefault).describe('It ends by itself after so many milliseconds')

const debugBody = z.object({
  type: z.enum(['@hold', '@step', '@release', '@breakpoints']),
  ttlMs,
  count: z.int().min(1).max(stepsMax).optional().describe('Of @step: how many of what waits are let through'),
  breakpoints: z.array(breakpoint).max(breakpointsMax).optional().describe('Of @breakpoints: all of them; an empty list takes them away'),
})

export const actorDebugRoutes = [
  route({
    method: 'POST',
    path: '/actors/:actor/debug',
    summary: 'Holds an actor, lets it step or go, or sets its breakpoints',
    resource: 'agents',
    action: 'debug',
    params: actorParams,
    body: debugBody,
    answer: hold.partial().extend({ held: z.boolean(), waiting: z.int() }),
    run: async ({ params, body, caller, parts: { client } }) => {
      const { id } = namedActor(params.actor, caller)
      const { breakpoints, ...held } = await client.debug(id, commandOf(body, caller.id), { deadlineMs: answerMsMax })
      return { ...held, ...(breakpoints && { breakpoints: [...breakpoints] }) }
    },
  }),
  route({
    method: 'POST',
    path: '/actors/:actor/fork',
    summary: 'A new actor that begins where this one was after a turn, and is given what the world answered it then',
    resource: 'agents',
    action: 'debug',
    params: actorParams,
    body: z.object({
      turn: z.int().min(1),
      key: z.string().min(1).max(keyCharactersMax).optional().describe('Of the fork; default: the key, ~fork- and a number'),
      unrecorded: z
        .enum(['hold', 'real'])
        .default('hold')
        .describe('What it does where nothing is recorded: stands still, or goes on for real'),
      held: z.boolean().default(false).describe('It stands still at once, so that something can be sent to it first'),
      sendsTo: z.array(z.string().max(typeCharactersMax)).max(sendsToMax).default([]).describe('Actor types it may send to'),
      ttlMs,
    }),
    answer: z.object({ fork: z.string(), recorded: z.int().describe('Answers of the world that it was given') }),
    run: async ({ params, body: { key, ...wish }, caller, parts }) => {
      const named = namedActor(params.actor, caller)
      const command = await forkCommand(inspectionOf(parts).past, { ...wish, of: named.id, by: nameOf(caller.id) })
      const fork = await forkAddress(parts.client, parts.orm, { of: named.id, key })
      await parts.client.debug(fork, command, { deadlineMs: answerMsMax })
      return { fork, recorded: command.recorded.length }
    },
  }),
]

function commandOf({ type, ttlMs: ms, count, breakpoints = [] }: z.output<typeof debugBody>, caller: string): DebugCommand {
  const by = nameOf(caller)
  switch (type) {
    case '@hold':
      return { type, by, ttlMs: ms }
    case '@step':
      return { type, by, ...(count !== undefined && { count }) }
    case '@release':
      return { type, by }
    case '@breakpoints':
      return { type, by, ttlMs: ms, breakpoints }
  }
}

const nameOf = (caller: string): string => caller.slice(0, byCharactersMax) || 'unknown'
