// Starts a process that ignores SIGTERM, prints its pid, and waits to be killed.
import { startProcess } from '../../services/stack/processes.ts'

const { pid } = await startProcess({
  name: 'child',
  entry: new URL('stubborn.ts', import.meta.url).pathname,
  onLine: () => console.log(pid),
})
