// View
// What the parts of the agent page share.
import { toast } from '../components/toasts.tsx'
import { agentPath } from '../place.ts'
import { linkTo } from '../router.ts'
import type { AgentStore } from './store.ts'

/** What is open over the page. */
export type Open = { readonly dialog: 'send'; readonly event?: string } | { readonly dialog: 'fork' } | undefined

export interface AgentView {
  readonly store: AgentStore
  /** A state of the chart that stands out, in every part. */
  readonly selected: string | undefined
  select(state: string | undefined): void
  open(dialog: Open): void
}

export async function copyLink({ known, shown }: AgentStore): Promise<void> {
  const link = new URL(linkTo(agentPath(known.actor, shown.value?.turn)), location.href).href
  try {
    await navigator.clipboard.writeText(link)
    toast('The link to this moment is copied', link)
  } catch {
    toast('This browser does not copy; the link is', link)
  }
}
