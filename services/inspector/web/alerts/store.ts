// Store
// Alerts and what else is counted beside a page's name in the sidebar, for as long as the page is open.
//
// C1. Asked at most once in `everyMs` by each tab, and not while nobody sees it.
import { signal, type ReadonlySignal } from '@preact/signals'
import { get, type Answer } from '../api.ts'
import { setNavCount } from '../page.ts'
import { needsCredentials } from '../session.ts'
import type { Rows } from '../wire.ts'
import { withAlerts, type SeenAlert } from './seen.ts'
import type { Alert } from './wire.ts'

const everyMs = 15_000
const seen = signal<readonly SeenAlert[]>([])
export const seenAlerts: ReadonlySignal<readonly SeenAlert[]> = seen

export function tellAlerts(firing: readonly Alert[]): void {
  seen.value = withAlerts(seen.value, firing, Date.now())
  setNavCount('alerts', { count: firing.length, hot: true })
}

/** Call once. */
export function startCounts(): void {
  void count()
  setInterval(() => void count(), everyMs)
  document.addEventListener('visibilitychange', () => void count())
}

let countedAt = 0

async function count(): Promise<void> {
  if (document.hidden || needsCredentials.value || Date.now() - countedAt < everyMs / 2) return // C1
  countedAt = Date.now()
  const [alerts, groups, waiting] = await Promise.all([
    get<Rows<Alert>>('/alerts'),
    get<Rows<{ readonly open: number }>>('/dead-letters/groups'),
    get<Rows<unknown>>('/approvals?limit=100'),
  ])
  if (alerts.ok) tellAlerts(alerts.value.rows)
  setCount('dead-letters', groups, (rows) => rows.reduce((sum, { open }) => sum + open, 0))
  setCount('tasks', waiting, (rows) => rows.length)
}

/** What may not be seen, or cannot be asked, is not counted. */
function setCount<Row>(page: string, answer: Answer<Rows<Row>>, of: (rows: readonly Row[]) => number): void {
  if (answer.ok) setNavCount(page, { count: of(answer.value.rows), hot: true })
}
