// The inspector's page.
import { render } from 'preact'
import { elementId } from '../bundle/limits.ts'
import { startCounts } from './alerts/store.ts'
import { Failed } from './components/states.tsx'
import { startLive } from './live.ts'
import { startNewer } from './newer.ts'
import { startDrop } from './offline/drop.ts'
import { startPalette } from './palette.tsx'
import { startRouter } from './router.ts'
import { Shell } from './shell.tsx'
import { startTheme } from './theme.ts'

const root = document.getElementById('app')
const inlined = document.getElementById(elementId)?.textContent
startTheme()
if (inlined === undefined) startLive()
const problem = inlined === undefined ? undefined : await (await import('./offline/open.ts')).openInlined(inlined)
if (problem) render(<Failed problem={problem} />, root ?? document.body)
else startPage()

function startPage(): void {
  startRouter()
  startPalette()
  startDrop()
  if (inlined === undefined) {
    startNewer()
    startCounts()
  }
  if (root) render(<Shell />, root)
}
