// Alerts
// What changed, and what somebody should look at.
import { lazily } from '../lazily.tsx'
import type { Page } from '../page.ts'

export const alertsPage: Page = {
  path: 'alerts',
  title: 'Alerts',
  icon: 'alert',
  list: lazily('alerts', async () => (await import('../alerts/alerts-view.tsx')).AlertsView),
}
