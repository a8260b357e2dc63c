// The inspector's page.
import { render } from 'preact'
import { startCounts } from './alerts/store.ts'
import { startLive } from './live.ts'
import { startPalette } from './palette.tsx'
import { startRouter } from './router.ts'
import { Shell } from './shell.tsx'
import { startTheme } from './theme.ts'

startTheme()
startRouter()
startPalette()
startLive()
startCounts()
const root = document.getElementById('app')
if (root) render(<Shell />, root)
