// Fleet
// Is it healthy, and where is it slow.
import { lazily } from '../lazily.tsx'
import type { Page } from '../page.ts'

export const fleetPage: Page = {
  path: 'fleet',
  title: 'Fleet',
  icon: 'fleet',
  list: lazily('the fleet', async () => (await import('../fleet/fleet-view.tsx')).FleetView),
}
