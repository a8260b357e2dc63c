// Theme
// Dark, light, or what the system prefers. The choice is kept in this browser only.
import { signal, type ReadonlySignal } from '@preact/signals'

export const themes = ['system', 'dark', 'light'] as const
export type Theme = (typeof themes)[number]

const key = 'troupe.theme'
const current = signal<Theme>('system')
export const theme: ReadonlySignal<Theme> = current

export function startTheme(): void {
  const kept = stored()
  setTheme(themes.find((one) => one === kept) ?? 'system')
}

export function setTheme(chosen: Theme): void {
  current.value = chosen
  if (chosen === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = chosen
  try {
    localStorage.setItem(key, chosen)
  } catch {
    // A browser that keeps nothing shows the theme for as long as the page is open.
  }
}

export const nextTheme = (): void => setTheme(themes[(themes.indexOf(current.value) + 1) % themes.length] ?? 'system')

function stored(): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
