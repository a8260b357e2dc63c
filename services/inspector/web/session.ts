// Session
// Who the page asks as, when the gateway wants to know: a token or a key, kept for this tab only.
import { signal, type ReadonlySignal } from '@preact/signals'

const key = 'troupe.credentials'
const asked = signal(false)
const given = signal<string | undefined>(stored())
/** The gateway does not know who asks. */
export const needsCredentials: ReadonlySignal<boolean> = asked
export const credentials: ReadonlySignal<string | undefined> = given

export const askForCredentials = (): void => {
  asked.value = true
}

export function giveCredentials(text: string): void {
  given.value = text
  asked.value = false
  try {
    sessionStorage.setItem(key, text)
  } catch {
    // It is known until the page is loaded again.
  }
}

export const authorization = (): Readonly<Record<string, string>> =>
  given.value === undefined ? {} : { Authorization: `Bearer ${given.value}` }

/** A page cannot set headers on a WebSocket: the gateway reads it from the names of protocols. */
export const protocols = (): string[] => (given.value === undefined ? [] : ['troupe', `bearer.${given.value}`])

function stored(): string | undefined {
  try {
    return globalThis.sessionStorage?.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}
