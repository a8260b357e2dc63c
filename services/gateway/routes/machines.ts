// Machine routes
// The machines of this build: their charts, drawings and what the lint finds in them.
import { z } from 'zod'
import { chartOf, earlierVersions, prepare, type Host } from '../../../runtime/statechart/index.ts'
import { edgesOf, treeOf } from '../../inspector/chart/chart-tree.ts'
import { lintChart } from '../../inspector/chart/lint/lint.ts'
import { mermaidOf } from '../../inspector/chart/mermaid.ts'
import { svgOf } from '../../inspector/chart/svg.ts'
import { inspectionOf } from '../inspection.ts'
import { route } from '../route.ts'
import { machineHeatRoutes } from './machine-heat.ts'
import { hashQuery as query, hostOf, typeParams as params } from './machine-host.ts'

const finding = z.object({
  rule: z.string(),
  severity: z.enum(['error', 'warning']),
  state: z.string(),
  edge: z.string().optional(),
  what: z.string(),
  mend: z.string(),
})

const machine = z.object({
  type: z.string(),
  version: z.string(),
  hash: z.string(),
  states: z.int(),
  transitions: z.int(),
  findings: z.int().describe('What the lint finds; /machines/:type/lint says it'),
  earlier: z.array(z.object({ version: z.string(), hash: z.string() })).describe('Versions that are still hosted'),
})

export const machineRoutes = [
  route({
    method: 'GET',
    path: '/machines',
    summary: 'The actor types of this build',
    resource: 'machines',
    action: 'read',
    answer: z.object({ rows: z.array(machine) }),
    run: ({ parts }) => Promise.resolve({ rows: [...inspectionOf(parts).hosts.values()].map(rowOf) }),
  }),
  route({
    method: 'GET',
    path: '/machines/:type',
    summary: 'One actor type of this build',
    resource: 'machines',
    action: 'read',
    params,
    answer: machine,
    run: async ({ params: { type }, parts }) => rowOf(hostOf(parts, type, undefined)),
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
  route({
    method: 'GET',
    path: '/machines/:type/picture',
    summary: 'A machine as a picture that needs nothing else (SVG), or as text for Mermaid',
    resource: 'machines',
    action: 'read',
    params,
    query: query.extend({ format: z.enum(['svg', 'mermaid']).default('svg') }),
    answer: z.object({ name: z.string().describe('For the file'), mime: z.string(), content: z.string() }),
    run: async ({ params: { type }, query: { hash, format }, parts }) => {
      const chart = chartOf(hostOf(parts, type, hash).definition.machine)
      if (format === 'mermaid') return { name: `${type}.mmd`, mime: 'text/plain', content: mermaidOf(chart) }
      return { name: `${type}.svg`, mime: 'image/svg+xml', content: svgOf(await inspectionOf(parts).drawings.of(chart)) }
    },
  }),
  ...machineHeatRoutes,
]

function rowOf({ definition, stamp }: Host) {
  const chart = chartOf(definition.machine)
  return {
    type: definition.name,
    version: stamp.version,
    hash: stamp.hash,
    states: treeOf(chart).places.size,
    transitions: edgesOf(treeOf(chart)).length,
    findings: lintChart(chart).findings.length,
    earlier: earlierVersions(definition).map((earlier) => ({ version: earlier.version, hash: prepare(earlier).stamp.hash })),
  }
}
