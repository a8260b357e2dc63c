// View routes
// What people of a tenant keep for each other: lists they look at, and events they send, each under a name.
import { z } from 'zod'
import { deleteView, listSavedViews, saveView, savedViewsMax } from '../../history/saved-views.ts'
import { RequestInvalid, ResourceConflict, ResourceMissing } from '../errors.ts'
import { route } from '../route.ts'
import { tenantQuery } from '../server.ts'
import { name, tenantFor } from './shapes.ts'

const contentCharactersMax = 16_384
const scope = z
  .string()
  .regex(/^(agents|event\/[\w-]{1,64})$/, 'must be agents, or event/<actor type>')
  .describe('agents: of lists of actors; event/<actor type>: an event for actors of this type')

const example = { type: 'agent-*', sort: 'cost' }

const view = z.object({
  name: z.string().meta({ examples: ['Costly agents'] }),
  tenant: z.string(),
  scope: z.string(),
  content: z.record(z.string(), z.unknown()).describe('Of agents: the filters, as GET /v1/actors takes them. Of an event: the event'),
  savedBy: z.string(),
  savedAt: z.number(),
})

export const viewRoutes = [
  route({
    method: 'GET',
    path: '/views',
    summary: 'What is saved of one scope, by name',
    resource: 'agents',
    action: 'read',
    query: tenantQuery.extend({ scope: scope.default('agents') }),
    answer: z.object({ rows: z.array(view) }),
    run: async ({ query, tenant, parts: { orm } }) => {
      const rows = await listSavedViews(orm, { tenant, scope: query.scope })
      return { rows: rows.map(({ savedAt, ...row }) => ({ ...row, savedAt: savedAt.getTime() })) }
    },
  }),
  route({
    method: 'PUT',
    path: '/views/:name',
    summary: 'Save a view or an event under a name, for all of the tenant; what had the name is replaced',
    resource: 'agents',
    action: 'operate',
    params: z.object({ name }),
    query: tenantQuery,
    body: z.strictObject({ scope, content: z.record(z.string().max(256), z.unknown()).meta({ examples: [example] }) }),
    answer: view,
    run: async ({ params, body: { scope: of, content }, caller, tenant: asked, parts }) => {
      const size = JSON.stringify(content).length
      if (size > contentCharactersMax)
        throw new RequestInvalid(`saving '${params.name}': its content has ${size} characters, more than ${contentCharactersMax}`, [
          'content: too long',
        ])
      const tenant = tenantFor(asked, parts)
      const saved = { tenant, scope: of, name: params.name, content, savedBy: caller.id, savedAt: new Date() }
      if (!(await saveView(parts.orm, saved)))
        throw new ResourceConflict(`saving '${params.name}': tenant ${tenant} has ${savedViewsMax} of ${of}; delete one first`)
      return { ...saved, savedAt: saved.savedAt.getTime() }
    },
  }),
  route({
    method: 'DELETE',
    path: '/views/:name',
    summary: 'Delete what is saved under a name',
    resource: 'agents',
    action: 'operate',
    params: z.object({ name }),
    query: tenantQuery.extend({ scope: scope.default('agents') }),
    answer: z.object({ name: z.string().meta({ examples: ['Costly agents'] }), deleted: z.literal(true) }),
    run: async ({ params, query, tenant: asked, parts }) => {
      const tenant = tenantFor(asked, parts)
      const place = { tenant, scope: query.scope, name: params.name }
      if (!(await deleteView(parts.orm, place)))
        throw new ResourceMissing(`deleting '${params.name}': tenant ${tenant} has none of that name among ${query.scope}`)
      return { name: params.name, deleted: true as const }
    },
  }),
]
