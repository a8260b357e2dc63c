// Pages: one file each, and one line here.
import type { Page } from '../page.ts'
import { agentsPage } from './agents.tsx'
import { alertsPage } from './alerts.tsx'
import { comparePage } from './compare.tsx'
import { coordinatorPage } from './coordinator.tsx'
import { deadLettersPage } from './dead-letters.tsx'
import { fleetPage } from './fleet.tsx'
import { machinesPage } from './machines.tsx'
import { tasksPage } from './tasks.tsx'

export const pages: readonly Page[] = [
  fleetPage,
  agentsPage,
  machinesPage,
  tasksPage,
  coordinatorPage,
  deadLettersPage,
  alertsPage,
  comparePage,
]
