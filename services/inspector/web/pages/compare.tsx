// Compare
// What is different: two runs, or two versions of a machine, on one chart.
import { lazily } from '../lazily.tsx'
import type { Page } from '../page.ts'

export const comparePage: Page = {
  path: 'compare',
  title: 'Compare',
  icon: 'compare',
  list: lazily('the comparison', async () => (await import('../compare/compare-view.tsx')).CompareView),
}
