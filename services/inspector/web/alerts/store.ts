// Store
// Alerts and what else is counted beside a page's name in the sidebar, for as long as the page is open.
//
// C1. Asked at most once in `everyMs` by each tab, and not while nobody sees it.
import { get } from '../api.ts'
import { setNavCount } from '../page.ts'
import { credentials, needsCredentials } from '../session.ts'
import type { Rows } from '../wire.ts'
import type { Alert } from './wire.ts'

const everyMs = 15_000

/** What is muted calls nobody. */
export const tellAlerts = (firing: readonly Alert[]): void =>
  setNavCount('alerts', { count: firing.filter(({ muted }) => !muted).length, hot: true })

/** Call once. */
export function startCounts(): void {
  void count()
  setInterval(() => void count(), everyMs)
  document.addEventListener('visibilitychange', () => void count())
}

let countedAt = 0
/** Refusals are written down at the gateway: who may not see something is not made to ask again and again. */
let refused = new Set<string>()
let refusedFor: string | undefined

async function count(): Promise<void> {
  if (document.hidden || needsCredentials.value || Date.now() - countedAt < everyMs / 2) return // C1
  countedAt = Date.now()
  if (refusedFor !== credentials.value) refused = new Set()
  refusedFor = credentials.value
  const [alerts, groups, waiting] = await Promise.all([
    rowsOf<Alert>('/alerts'),
    rowsOf<{ readonly open: number }>('/dead-letters/groups'),
    rowsOf<unknown>('/approvals?limit=100'),
  ])
  if (alerts) tellAlerts(alerts)
  if (groups) setNavCount('dead-letters', { count: groups.reduce((sum, { open }) => sum + open, 0), hot: true })
  if (waiting) setNavCount('tasks', { count: waiting.length, hot: true })
}

/** Undefined: it may not be seen, or cannot be asked now. */
async function rowsOf<Row>(path: string): Promise<readonly Row[] | undefined> {
  if (refused.has(path)) return undefined
  const answer = await get<Rows<Row>>(path)
  if (!answer.ok && answer.problem.status === 403) refused.add(path)
  return answer.ok ? answer.value.rows : undefined
}
