// Coordinator
// Why this agent: decisions with all that decided them, and what was learned.
import { lazily } from '../lazily.tsx'
import type { Page } from '../page.ts'

export const coordinatorPage: Page = {
  path: 'coordinator',
  title: 'Coordinator',
  icon: 'coordinator',
  list: lazily('the coordinator', async () => (await import('../coordinator/coordinator-view.tsx')).CoordinatorView),
  one: lazily('the decision', async () => (await import('../coordinator/decision-view.tsx')).DecisionView),
}
