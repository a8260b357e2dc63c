// Coordinator
// Why this agent: decisions with all that decided them, and what was learned.
import { CoordinatorView } from '../coordinator/coordinator-view.tsx'
import { DecisionView } from '../coordinator/decision-view.tsx'
import type { Page } from '../page.ts'

export const coordinatorPage: Page = {
  path: 'coordinator',
  title: 'Coordinator',
  icon: 'coordinator',
  list: CoordinatorView,
  one: DecisionView,
}
