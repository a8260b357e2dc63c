// Machines
// What the actor types are, and what the fleet does in each of them.
import { lazily } from '../lazily.tsx'
import type { Page } from '../page.ts'

export const machinesPage: Page = {
  path: 'machines',
  title: 'Machines',
  icon: 'state-compound',
  list: lazily('machines', async () => (await import('../machines/machines-view.tsx')).MachinesView),
  one: lazily('the machine', async () => (await import('../machines/machine-page.tsx')).MachinePage),
}
