// Compare routes
// Two versions of a machine, or two runs of one actor type, on one merged chart: docs/compare.md.
import { z } from 'zod'
import { turnSpan } from '../../history/read-turns.ts'
import {
  compareMachines,
  versionPair,
  versionsOf,
  type MachineComparison,
  type MachineVersion,
} from '../../inspector/compare/compare-machines.ts'
import { compareRuns, type RunComparison, type RunName, type RunSummary } from '../../inspector/compare/compare-runs.ts'
import type { DivergedSide, Divergence } from '../../inspector/compare/divergence.ts'
import type { Stats } from '../../inspector/compare/tally.ts'
import { ResourceMissing } from '../errors.ts'
import { inspectionOf } from '../inspection.ts'
import type { GatewayParts } from '../parts.ts'
import { route } from '../route.ts'
import { actorParams, namedActor, type NamedActor } from './actor-params.ts'

const nameCharactersMax = 64
const version = z.object({ version: z.string(), hash: z.string() })

const part = z.object({
  id: z.string().describe('Of the state or transition in the merged chart'),
  kind: z.enum(['state', 'transition']),
  title: z.string(),
  a: z.string().optional().describe('Its id in the first; absent: only the second has it'),
  b: z.string().optional(),
  tone: z.enum(['added', 'removed', 'changed', 'same']),
  changes: z.array(z.object({ what: z.string(), a: z.string(), b: z.string() })),
})

const machine = {
  chart: z
    .looseObject({ id: z.string(), hash: z.string(), root: z.unknown() })
    .describe('Both charts in one, as /machines/:type/chart tells one'),
  layout: z.looseObject({ id: z.string(), w: z.number(), h: z.number() }).describe('Its drawing, as /machines/:type/layout tells one'),
  differences: z.array(part).describe('States and transitions that only one has, or that differ'),
  counts: z.object({ added: z.int(), removed: z.int(), changed: z.int(), same: z.int() }),
}

const stats = z.object({
  visits: z.int(),
  ms: z.number(),
  calls: z.int().describe('Of models'),
  tokens: z.int(),
  costUsd: z.number(),
  failures: z.int(),
})

const run = z.object({
  actor: z.string(),
  after: z.int().describe('Compared are the turns after this one; 0: from its birth'),
  to: z.int().describe('… up to this one'),
  isCut: z.boolean().describe('It has more turns than are compared at once'),
  value: z.unknown(),
  status: z.string(),
  version: z.string(),
  hash: z.string(),
  isForeign: z.boolean().describe('This build does not host its version; it is drawn on the newest'),
  untold: z.string().optional().describe('Why what happened inside its turns is not known'),
  total: stats.extend({ turns: z.int(), told: z.int().describe('Turns of which the transitions are known') }),
})

const divergedSide = z.object({
  turn: z.int(),
  event: z.string(),
  value: z.unknown(),
  took: z.array(z.string()),
  failure: z.string().optional(),
})

const parting = z.object({
  alike: z.int().describe('Turns that were alike before'),
  sentence: z.string(),
  divergence: z
    .object({
      kind: z.enum(['event', 'guard', 'transition', 'state', 'failure', 'end']),
      a: divergedSide.optional(),
      b: divergedSide.optional(),
      guard: z.object({ name: z.string(), params: z.unknown().optional(), a: z.boolean(), b: z.boolean() }).optional(),
    })
    .optional()
    .describe('Absent: both went the same way'),
  contexts: z.object({ a: z.int(), b: z.int() }).optional().describe('The first turns after which the contexts differed'),
})

const turn = z.coerce.number().int().min(1).optional()

export const compareRoutes = [
  route({
    method: 'GET',
    path: '/machines/:type/compare',
    summary: 'Two versions of a machine on one chart: what was added, removed and changed',
    resource: 'machines',
    action: 'read',
    params: z.object({ type: z.string().min(1).max(nameCharactersMax).describe('An actor type') }),
    query: z.object({
      from: z.string().max(nameCharactersMax).optional().describe('Structure hash or version; default: the version before `to`'),
      to: z.string().max(nameCharactersMax).optional().describe('Structure hash or version; default: the newest'),
    }),
    answer: z.object({ type: z.string(), from: version, to: version, versions: z.array(version), ...machine }),
    run: async ({ params: { type }, query, parts }) => {
      const { hosts } = inspectionOf(parts)
      const host = hosts.get(type)
      if (!host) throw new ResourceMissing(`actor type '${type}': this build has ${[...hosts.keys()].join(', ')}`)
      const versions = versionsOf(host)
      const [from, to] = versionPair(type, versions, query)
      const compared = compareMachines(from.chart, to.chart)
      return { type, from: stampOf(from), to: stampOf(to), versions: versions.map(stampOf), ...(await drawn(parts, compared)) }
    },
  }),
  route({
    method: 'GET',
    path: '/actors/:actor/compare/:other',
    summary: 'Two actors of one type: where their ways part, what each came to in every state, and what differs at the end',
    resource: 'agents',
    action: 'read',
    params: actorParams.extend({ other: actorParams.shape.actor }),
    query: z.object({
      turn: turn.describe('The first as it was after this turn; default: its last'),
      otherTurn: turn.describe('The second as it was after this turn'),
    }),
    answer: z.object({
      type: z.string(),
      a: run,
      b: run,
      relation: z
        .object({ kind: z.enum(['a-of-b', 'b-of-a', 'siblings', 'none']), diverged: z.string().optional() })
        .describe('a-of-b: the first is a fork of the second; siblings: forks of one moment. Such are compared from where they began'),
      parting,
      ...machine,
      parts: z.array(
        z.object({
          id: z.string(),
          kind: z.enum(['state', 'transition']),
          title: z.string(),
          a: stats,
          b: stats,
          who: z.enum(['only-a', 'only-b', 'both', 'neither']),
        }),
      ),
      context: z.object({
        rows: z.array(z.object({ path: z.string(), a: z.string().optional(), b: z.string().optional() })),
        more: z.int(),
      }),
    }),
    run: async ({ params, query, caller, parts }) => {
      const [a, b] = await Promise.all([
        runName(parts, namedActor(params.actor, caller), query.turn),
        runName(parts, namedActor(params.other, caller), query.otherTurn),
      ])
      const { past, hosts } = inspectionOf(parts)
      return answerOf(parts, await compareRuns({ past, hosts, database: parts.orm }, a, b))
    },
  }),
]

/** Throws `ResourceMissing`. */
async function runName({ orm }: GatewayParts, { id }: NamedActor, at: number | undefined): Promise<RunName> {
  if (!(await turnSpan(orm, id)))
    throw new ResourceMissing(`comparing ${id}: the history knows of no turn of it; one just taken is there within a second`)
  return { actor: id, turn: at }
}

const stampOf = ({ version: name, hash }: MachineVersion) => ({ version: name, hash })

async function drawn(parts: GatewayParts, { merged, parts: all, counts }: MachineComparison) {
  return {
    chart: { ...merged.chart },
    layout: { ...(await inspectionOf(parts).drawings.of(merged.chart)) },
    differences: all.filter(({ tone }) => tone !== 'same').map((one) => ({ ...one, changes: [...one.changes] })),
    counts,
  }
}

async function answerOf(
  parts: GatewayParts,
  { type, a, b, relation, parting: { divergence, ...met }, machine: compared, ...told }: RunComparison,
) {
  const { kind, diverged } = relation
  return {
    type,
    a: shownRun(a),
    b: shownRun(b),
    relation: { kind, ...(diverged !== undefined && { diverged }) },
    parting: { ...met, ...(divergence && { divergence: shownDivergence(divergence) }) },
    ...(await drawn(parts, compared)),
    parts: told.parts.filter(({ who }) => who !== 'neither').map((one) => ({ ...one, a: shownStats(one.a), b: shownStats(one.b) })),
    context: { rows: [...told.context.rows], more: told.context.more },
  }
}

const shownStats = (one: Stats): z.input<typeof stats> => ({ ...one })
const shownRun = ({ total, ...one }: RunSummary) => ({ ...one, total: { ...total } })

const shownDivergence = ({ kind, a, b, guard }: Divergence) => ({
  kind,
  ...(a && { a: shownSide(a) }),
  ...(b && { b: shownSide(b) }),
  ...(guard && { guard }),
})

const shownSide = ({ took, ...one }: DivergedSide) => ({ ...one, took: [...took] })
