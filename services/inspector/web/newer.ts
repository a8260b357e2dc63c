// Newer
// Whether the gateway serves another version of the page than the one that is open. It is asked when the connection comes back: a gateway is
// replaced by one that is started.
import { effect, signal, type ReadonlySignal } from '@preact/signals'
import { liveState } from './live.ts'

const outdated = signal(false)
/** It goes on as far as it fits the new gateway; parts that it has not loaded yet may be gone. */
export const isOutdated: ReadonlySignal<boolean> = outdated

/** Call once. */
export function startNewer(): void {
  let wasLost = false
  effect(() => {
    const state = liveState.value
    if (state === 'stale') wasLost = true
    if (state !== 'live' || !wasLost) return
    wasLost = false
    look().catch(() => {}) // it was lost again: it is asked the next time
  })
}

/** The address of the script holds the hash of its content. */
async function look(): Promise<void> {
  const mine = document.querySelector('script[type=module][src]')?.getAttribute('src')
  if (mine === null || mine === undefined) return
  const answer = await fetch('/', { cache: 'no-store' })
  if (answer.ok) outdated.value = !(await answer.text()).includes(`"${mine}"`)
}
