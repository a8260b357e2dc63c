// Actor calls routes
// What an actor asked of the world: its model calls and effects, and of one effect what went in and what came back.
import { z } from 'zod'
import type { ActorId } from '../../../machines/address.ts'
import { redact, redactDefaults } from '../../../machines/redact.ts'
import { decode, type Json } from '../../../runtime/statechart/index.ts'
import { effectOf, effectsOf, modelCallsOf } from '../../history/read-calls.ts'
import { turnPlaces } from '../../history/read-turns.ts'
import { MomentMissing } from '../../../runtime/errors.ts'
import { ResourceMissing } from '../errors.ts'
import { inspectionOf } from '../inspection.ts'
import type { GatewayParts } from '../parts.ts'
import { route } from '../route.ts'
import { actorParams, namedActor } from './actor-params.ts'

const limitDefault = 200
const callsMax = 500
const keyCharactersMax = 1_024
/** A prompt is read whole more often than a context. */
const shown = { ...redactDefaults, textMax: 16_384 }

const effect = z.object({
  key: z.string(),
  src: z.string(),
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
  startedTurn: z.int().optional(),
  endedTurn: z.int().optional(),
  ok: z.boolean().optional().describe('Absent while it runs'),
  cancelled: z.boolean().optional(),
})

export const actorCallsRoutes = [
  route({
    method: 'GET',
    path: '/actors/:actor/calls',
    summary: 'Model calls and effects of an actor, the latest first',
    resource: 'agents',
    action: 'read',
    params: actorParams,
    query: z.object({ limit: z.coerce.number().int().min(1).max(callsMax).default(limitDefault) }),
    answer: z.object({
      llm: z.array(
        z.object({
          at: z.number(),
          model: z.string(),
          inputTokens: z.int(),
          outputTokens: z.int(),
          costUsd: z.number(),
          latencyMs: z.number(),
          finish: z.string(),
          offline: z.boolean().describe('The built-in server answered'),
          turn: z.int().optional().describe('The turn that took the answer'),
          effect: z.string().optional().describe('The key of the effect that made the call'),
        }),
      ),
      effects: z.array(effect),
    }),
    run: async ({ params, query: { limit }, caller, parts: { orm } }) => {
      const { id } = namedActor(params.actor, caller)
      const [calls, effects] = await Promise.all([modelCallsOf(orm, id, limit), effectsOf(orm, id, limit)])
      // The entry that applied an effect's result is the one that told of the call.
      const enders = new Map(effects.map((one) => [placeOf(one), one]))
      return {
        llm: calls.map((call) => {
          const ender = enders.get(placeOf(call))
          return {
            at: call.at.getTime(),
            model: call.model,
            inputTokens: call.inputTokens,
            outputTokens: call.outputTokens,
            costUsd: Number(call.costUsd),
            latencyMs: Number(call.latencyMs),
            finish: call.finish,
            offline: call.offline,
            ...((ender?.finishedTurn ?? undefined) !== undefined && { turn: Number(ender?.finishedTurn) }),
            ...(ender && { effect: ender.key }),
          }
        }),
        effects: effects.map(shownEffect),
      }
    },
  }),
  route({
    method: 'GET',
    path: '/actors/:actor/calls/:key',
    summary: 'One effect of an actor: what went in, and what came back, as far as the log still holds it',
    resource: 'agents',
    action: 'read',
    params: actorParams.extend({ key: z.string().min(1).max(keyCharactersMax).describe('Of the effect, encoded as one segment') }),
    answer: effect.extend({
      input: z.unknown().optional().describe('Secrets hidden, long texts cut'),
      output: z.unknown().optional(),
      error: z.unknown().optional(),
      gone: z.string().optional().describe('Why something of it is not told'),
    }),
    run: async ({ params, caller, parts }) => {
      const { id } = namedActor(params.actor, caller)
      const found = await effectOf(parts.orm, id, params.key)
      if (!found) throw new ResourceMissing(`the call ${params.key} of ${id}: the history has none; GET /v1/actors/:actor/calls lists them`)
      const [input, result] = await Promise.all([
        inputOf(parts, id, { key: found.key, turn: numberOf(found.startedTurn) }),
        resultOf(parts, id, numberOf(found.finishedTurn)),
      ])
      const gone = [input.gone, result.gone].find((why) => why !== undefined)
      return {
        ...shownEffect(found),
        ...('value' in input && { input: redact(input.value, shown) }),
        ...('output' in result && { output: redact(result.output, shown) }),
        ...('error' in result && { error: redact(result.error, shown) }),
        ...(gone !== undefined && { gone }),
      }
    },
  }),
]

const placeOf = ({ partition, seq, index }: { readonly partition: number; readonly seq: number; readonly index: number }): string =>
  `${partition}.${seq}.${index}`

const numberOf = (value: number | null | undefined): number | undefined => (value === null || value === undefined ? undefined : value)

type EffectRow = Awaited<ReturnType<typeof effectsOf>>[number]

function shownEffect({ key, src, status, startedAt, finishedAt, startedTurn, finishedTurn }: EffectRow) {
  const [from, to] = [numberOf(startedTurn), numberOf(finishedTurn)]
  return {
    key,
    src: src ?? '',
    ...(startedAt && { startedAt: startedAt.getTime() }),
    ...(finishedAt && { endedAt: finishedAt.getTime() }),
    ...(from !== undefined && { startedTurn: from }),
    ...(to !== undefined && { endedTurn: to }),
    ...(status !== 'running' && { ok: status === 'succeeded' }),
    ...(status === 'cancelled' && { cancelled: true }),
  }
}

interface Asked {
  readonly key: string
  readonly turn: number | undefined
}

/** It stands in the state that the turn left which began the effect. */
async function inputOf(
  parts: GatewayParts,
  actor: ActorId,
  { key, turn }: Asked,
): Promise<{ readonly value?: unknown; readonly gone?: string }> {
  if (turn === undefined) return { gone: 'the turn that began it is not in the history' }
  try {
    const { moment } = await inspectionOf(parts).past.at(actor, turn)
    const child = Object.values(moment.stored.children).find(({ address }) => address === key)
    return child?.input === undefined ? {} : { value: decode(child.input) }
  } catch (error) {
    if (error instanceof MomentMissing) return { gone: error.message }
    throw error
  }
}

/** It came as the event of the turn that ended the effect. */
async function resultOf(
  parts: GatewayParts,
  actor: ActorId,
  turn: number | undefined,
): Promise<{ readonly output?: unknown; readonly error?: unknown; readonly gone?: string }> {
  if (turn === undefined) return {}
  const [entry] = await inspectionOf(parts).past.entries.at(await turnPlaces(parts.orm, actor, turn, turn))
  if (!entry) return { gone: `${actor} turn ${turn}: the log no longer holds what came back` }
  const { type, output, error } = entry.event as { readonly type: string; readonly output?: Json; readonly error?: Json }
  if (type.startsWith('xstate.done.actor.')) return { output: decode(output ?? null) }
  return type.startsWith('xstate.error.actor.') ? { error: decode(error ?? null) } : {} // it was cancelled
}
