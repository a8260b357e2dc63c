// Machine routes
// The machines of this build: their charts, drawings and what the lint finds in them.
import { z } from 'zod'
import { chartOf, earlierVersions, prepare, type Host } from '../../../runtime/statechart/index.ts'
import { treeOf } from '../../inspector/chart/chart-tree.ts'
import { lintChart } from '../../inspector/chart/lint/lint.ts'
import { ResourceMissing } from '../errors.ts'
import { inspectionOf } from '../inspection.ts'
import type { GatewayParts } from '../parts.ts'
import { route } from '../route.ts'

const params = z.object({ type: z.string().min(1).max(64).describe('An actor type') })
const query = z.object({
  hash: z.string().max(64).optional().describe('The machine of that structure hash, of an earlier version too; default: the newest'),
})

const finding = z.object({
  rule: z.string(),
  severity: z.enum(['error', 'warning']),
  state: z.string(),
  edge: z.string().optional(),
  what: z.string(),
  mend: z.string(),
})

export const machineRoutes = [
  route({
    method: 'GET',
    path: '/machines',
    summary: 'The actor types of this build',
    resource: 'machines',
    action: 'read',
    answer: z.object({
      rows: z.array(
        z.object({
          type: z.string(),
          version: z.string(),
          hash: z.string(),
          states: z.int(),
          findings: z.int().describe('What the lint finds; /machines/:type/lint says it'),
          earlier: z.array(z.object({ version: z.string(), hash: z.string() })).describe('Versions that are still hosted'),
        }),
      ),
    }),
    run: ({ parts }) => Promise.resolve({ rows: [...inspectionOf(parts).hosts.values()].map(rowOf) }),
  }),
  route({
    method: 'GET',
    path: '/machines/:type/chart',
    summary: 'A machine as data: states, transitions, guards, actions',
    resource: 'machines',
    action: 'read',
    params,
    query,
    answer: z.looseObject({ id: z.string(), hash: z.string(), root: z.unknown() }),
    run: async ({ params: { type }, query: { hash }, parts }) => ({ ...chartOf(hostOf(parts, type, hash).definition.machine) }),
  }),
  route({
    method: 'GET',
    path: '/machines/:type/layout',
    summary: 'The drawing of a machine: a place for every state and line',
    resource: 'machines',
    action: 'read',
    params,
    query,
    answer: z.looseObject({ id: z.string(), machineHash: z.string(), w: z.number(), h: z.number() }),
    run: async ({ params: { type }, query: { hash }, parts }) => {
      const drawing = await inspectionOf(parts).drawings.of(chartOf(hostOf(parts, type, hash).definition.machine))
      return { ...drawing }
    },
  }),
  route({
    method: 'GET',
    path: '/machines/:type/lint',
    summary: 'What is wrong with a machine, or allowed with a reason',
    resource: 'machines',
    action: 'read',
    params,
    query,
    answer: z.object({ findings: z.array(finding), allowed: z.array(finding.extend({ reason: z.string() })) }),
    run: async ({ params: { type }, query: { hash }, parts }) => {
      const { findings, allowed } = lintChart(chartOf(hostOf(parts, type, hash).definition.machine))
      return { findings: [...findings], allowed: [...allowed] }
    },
  }),
]

function rowOf({ definition, stamp }: Host) {
  const chart = chartOf(definition.machine)
  return {
    type: definition.name,
    version: stamp.version,
    hash: stamp.hash,
    states: treeOf(chart).places.size,
    findings: lintChart(chart).findings.length,
    earlier: earlierVersions(definition).map((earlier) => ({ version: earlier.version, hash: prepare(earlier).stamp.hash })),
  }
}

/** Throws `ResourceMissing`. */
function hostOf(parts: GatewayParts, type: string, hash: string | undefined): Host {
  const { hosts } = inspectionOf(parts)
  const newest = hosts.get(type)
  if (!newest) throw new ResourceMissing(`actor type '${type}': this build has ${[...hosts.keys()].join(', ')}`)
  if (hash === undefined || newest.stamp.hash === hash) return newest
  const earlier = earlierVersions(newest.definition).map(prepare)
  const found = earlier.find(({ stamp }) => stamp.hash === hash)
  if (found) return found
  const known = [newest, ...earlier].map(({ stamp }) => `${stamp.version} ${stamp.hash}`).join(', ')
  throw new ResourceMissing(`actor type '${type}' with the structure hash '${hash}': this build has ${known}`)
}
