// Alerts
// What changed, and what somebody should look at.
import { AlertsView } from '../alerts/alerts-view.tsx'
import type { Page } from '../page.ts'

export const alertsPage: Page = { path: 'alerts', title: 'Alerts', icon: 'alert', list: AlertsView }
