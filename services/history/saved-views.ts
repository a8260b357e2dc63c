// Saved views
// What people of a tenant keep for each other under a name: lists they look at, events they send. Whoever saves a name again replaces it.
import type { InferEntity, MikroORM } from '@mikro-orm/postgresql'
import { SavedView } from './entities/saved-view.ts'

export type SavedViewRow = InferEntity<typeof SavedView>

/** Of one tenant and scope. */
export const savedViewsMax = 200

/** By name, of every tenant when none is named; at most `savedViewsMax`. */
export const listSavedViews = async (orm: MikroORM, { tenant, scope }: { readonly tenant: string | undefined; readonly scope: string }) =>
  orm.em
    .fork()
    .find(SavedView, { scope, ...(tenant !== undefined && { tenant }) }, { orderBy: { name: 'asc', tenant: 'asc' }, limit: savedViewsMax })

/** False: the tenant has as many of this scope as it may. */
export async function saveView(orm: MikroORM, { tenant, scope, name, content, savedBy, savedAt }: SavedViewRow): Promise<boolean> {
  const rows = await orm.em.fork().execute<object[]>(
    `insert into saved_views (tenant, scope, name, content, saved_by, saved_at)
     select ?, ?, ?, ?::jsonb, ?, ?
     where (select count(*) from saved_views where tenant = ? and scope = ? and name <> ?) < ?
     on conflict (tenant, scope, name) do update
       set content = excluded.content, saved_by = excluded.saved_by, saved_at = excluded.saved_at
     returning 1 as saved`,
    [tenant, scope, name, JSON.stringify(content), savedBy, savedAt, tenant, scope, name, savedViewsMax],
  )
  return rows.length > 0
}

/** False: there is none. */
export async function deleteView(
  orm: MikroORM,
  { tenant, scope, name }: Pick<SavedViewRow, 'tenant' | 'scope' | 'name'>,
): Promise<boolean> {
  return (await orm.em.fork().nativeDelete(SavedView, { tenant, scope, name })) > 0
}
