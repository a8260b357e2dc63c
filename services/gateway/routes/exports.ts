// Export routes
// A run as one file: a task with all who worked for it, or an actor with its children, from what the API answers the caller. docs/export.md says what is in it.
//
// E1. An export takes time and memory: at most `exportsMax` are made at once, each for at most `exportMs`.
import { z } from 'zod'
import { bundleFormat, bundleVersion, type Bundle } from '../../inspector/bundle/bundle.ts'
import { collect, type Wish } from '../../inspector/bundle/collect.ts'
import { htmlOf } from '../../inspector/bundle/html.ts'
import { turnsDefault, turnsMax } from '../../inspector/bundle/limits.ts'
import { TooManyRequests } from '../errors.ts'
import { bundleSinglePage } from '../page.ts'
import type { GatewayParts } from '../parts.ts'
import { route, type Call } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { actorParams, namedActor } from './actor-params.ts'
import { id, instant } from './shapes.ts'

const exportsMax = 2
const exportMs = 60_000
const againMs = 2_000

const exportQuery = tenantQuery.extend({
  as: z.enum(['json', 'html']).default('json').describe('html: one file that opens by itself, without a server or a network'),
  turns: z.coerce.number().int().min(1).max(turnsMax).default(turnsDefault).describe('Of each actor, the newest'),
})
type ExportQuery = z.output<typeof exportQuery>

const bundle = z.object({
  format: z.literal(bundleFormat),
  version: z.literal(bundleVersion),
  made: z.object({ at: instant, by: z.string(), troupe: z.string() }),
  of: z.object({ kind: z.enum(['task', 'actor']), id: z.string() }),
  actors: z
    .array(z.object({ actor: z.string(), first: z.int(), last: z.int() }))
    .readonly()
    .describe('Each with the turns that can be gone to'),
  cut: z.array(z.string()).readonly().describe('What was left out'),
  answers: z
    .array(z.object({ path: z.string(), status: z.int(), body: z.unknown() }))
    .readonly()
    .describe('What the API answered, question by question'),
})

const answer = z.union([bundle, z.string().describe('With as=html: the page, with the export in it')]).meta({
  examples: [
    {
      format: bundleFormat,
      version: bundleVersion,
      made: { at: 1_795_176_060_000, by: 'ada', troupe: '0.1.0' },
      of: { kind: 'task', id: '42' },
      actors: [{ actor: 'main/task/42', first: 1, last: 9 }],
      cut: [],
      answers: [{ path: '/tasks/42', status: 200, body: { id: '42', actor: 'main/task/42', tenant: 'main', status: 'completed' } }],
    },
  ],
})

export const exportRoutes = [
  route({
    method: 'GET',
    path: '/tasks/:id/export',
    summary: 'A task, its actors and their moments as one file',
    resource: 'tasks',
    action: 'read',
    isRecorded: true,
    params: z.object({ id }),
    query: exportQuery,
    answer,
    run: (call) => exported(call, { kind: 'task', id: call.params.id, tenant: call.tenant }),
    file: ({ params, query }) => fileOf(`task-${params.id}`, query),
  }),
  route({
    method: 'GET',
    path: '/actors/:actor/export',
    summary: 'An actor, its children and their moments as one file',
    resource: 'agents',
    action: 'read',
    isRecorded: true,
    params: actorParams,
    query: exportQuery,
    answer,
    run: (call) => exported(call, { kind: 'actor', id: namedActor(call.params.actor, call.caller).id }),
    file: ({ params, query }) => fileOf(params.actor, query),
  }),
]

type Exporting = Pick<Call, 'api' | 'caller' | 'parts'> & { readonly query: ExportQuery }

/** Throws `NotExported`, `TooManyRequests`. */
async function exported({ api, caller, parts, query }: Exporting, what: Pick<Wish, 'kind' | 'id' | 'tenant'>): Promise<Bundle | string> {
  const leave = enter(parts)
  try {
    const made = await collect(api, {
      ...what,
      turns: query.turns,
      by: caller.id,
      troupe: parts.version,
      signal: AbortSignal.timeout(exportMs),
    })
    return query.as === 'html' ? await htmlOf(made, await bundleSinglePage()) : made
  } finally {
    leave()
  }
}

const running = new WeakMap<GatewayParts, number>()

/** E1. Throws `TooManyRequests`. */
function enter(parts: GatewayParts): () => void {
  const now = running.get(parts) ?? 0
  if (now >= exportsMax) throw new TooManyRequests(`exporting: ${now} exports are being made already; try again in a moment`, againMs)
  running.set(parts, now + 1)
  return () => void running.set(parts, (running.get(parts) ?? 1) - 1)
}

const types = { json: 'application/json; charset=utf-8', html: 'text/html; charset=utf-8' } as const
const nameCharactersMax = 80

/** Attached, so that a browser saves it and runs nothing of it under the gateway's own address. */
const fileOf = (name: string, { as }: ExportQuery) => ({
  type: types[as],
  name: `troupe-${name.replaceAll(/[^\w.-]+/g, '-').slice(0, nameCharactersMax)}.${as}`,
})
