// Saved views
// Lists that somebody of the tenant has given a name: one click, and the same is looked for. The gateway keeps them for all.
import { useState } from 'preact/hooks'
import { put, queryOf, remove } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { toast, toastProblem } from '../components/toasts.tsx'
import { pathOf } from '../place.ts'
import { useAnswer } from '../use-answer.ts'
import type { Rows, SavedView } from '../wire.ts'
import { fieldsOf, isSame, queryIn, type ActorQuery } from './query.ts'

const everyMs = 30_000
const nameMax = 60

export function SavedViews({ query }: { readonly query: ActorQuery }) {
  const asked = useAnswer<Rows<SavedView>>('/views?scope=agents', { everyMs })
  const views = (asked.value?.rows ?? []).map((view) => ({ ...view, query: queryIn(textsOf(view.content)) }))
  const isSaved = views.some((view) => isSame(view.query, query))
  const forget = async ({ name, tenant }: SavedView): Promise<void> => {
    const answer = await remove(`/views/${encodeURIComponent(name)}${queryOf({ scope: 'agents', tenant })}`)
    if (!answer.ok) return toastProblem('The view was not deleted', answer.problem)
    toast('The view is deleted', name)
    asked.reload()
  }
  return (
    <nav class="saved-views" aria-label="Saved views">
      {views.map((view) => (
        <span key={`${view.tenant} ${view.name}`} class="saved-view">
          <a
            class="chip"
            href={pathOf({ page: 'agents', query: fieldsOf(view.query) })}
            aria-current={isSame(view.query, query) ? 'page' : undefined}
            title={`Saved by ${view.savedBy}`}
          >
            <Icon name="filter" /> {view.name}
          </a>
          {isSame(view.query, query) && (
            <Button kind="ghost" icon="close" acts label={`Delete the view ${view.name}`} onClick={() => void forget(view)} />
          )}
        </span>
      ))}
      {!isSaved && Object.keys(fieldsOf(query)).length > 0 && <SaveAs query={query} onSaved={asked.reload} />}
    </nav>
  )
}

function SaveAs({ query, onSaved }: { readonly query: ActorQuery; onSaved(): void }) {
  const [name, setName] = useState<string | undefined>()
  if (name === undefined)
    return (
      <Button icon="plus" acts onClick={() => setName('')}>
        Save view
      </Button>
    )
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const wanted = name.trim()
    if (wanted === '') return
    const answer = await put<SavedView>(`/views/${encodeURIComponent(wanted)}`, { scope: 'agents', content: fieldsOf(query) })
    if (!answer.ok) return toastProblem('The view was not saved', answer.problem)
    toast('The view is saved for everybody of the tenant', wanted)
    onSaved()
    setName(undefined)
  }
  return (
    <form class="line-form" onSubmit={(event) => void submit(event)}>
      <input
        class="field"
        aria-label="Name of the view"
        placeholder="a name for these filters"
        maxLength={nameMax}
        autoFocus
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && setName(undefined)}
      />
      <Button submit kind="primary" acts>
        Save
      </Button>
      <Button kind="ghost" icon="close" label="Do not save" onClick={() => setName(undefined)} />
    </form>
  )
}

const textsOf = (content: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(content).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))
