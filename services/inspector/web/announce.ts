// Announce
// One polite line for those who hear the page: at most one a second, and the newest wins.
import { signal, type ReadonlySignal } from '@preact/signals'

const everyMs = 1_000
const line = signal('')
export const announced: ReadonlySignal<string> = line

let waiting: string | undefined
let timer: number | undefined

export function announce(text: string): void {
  waiting = text
  timer ??= window.setTimeout(say, line.value === '' ? 0 : everyMs)
}

function say(): void {
  timer = undefined
  if (waiting === undefined) return
  line.value = waiting
  waiting = undefined
}
