// Toasts
// What came of something the reader did. A failure stays until it is closed; a success goes by itself.
import { signal } from '@preact/signals'
import type { Problem } from '../api.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

interface Toast {
  readonly id: number
  readonly tone: 'good' | 'bad'
  readonly text: string
  readonly detail?: string
}

const shownMax = 4
const goodMs = 5_000
const toasts = signal<readonly Toast[]>([])
let made = 0

export function toast(text: string, detail?: string): void {
  const id = add({ tone: 'good', text, ...(detail !== undefined && { detail }) })
  setTimeout(() => drop(id), goodMs)
}

export const toastProblem = (what: string, { code, detail }: Pick<Problem, 'code' | 'detail'>): void => {
  add({ tone: 'bad', text: what, detail: `${code}: ${detail}` })
}

function add(given: Omit<Toast, 'id'>): number {
  const id = ++made
  toasts.value = [...toasts.value.slice(1 - shownMax), { ...given, id }]
  return id
}

const drop = (id: number): void => {
  toasts.value = toasts.value.filter((one) => one.id !== id)
}

export const Toasts = () => (
  <div class="toasts" role="region" aria-label="What came of it" aria-live="polite">
    {toasts.value.map(({ id, tone, text, detail }) => (
      <div class={`toast ${tone}`} key={id}>
        <Icon name={tone === 'good' ? 'check' : 'alert'} />
        <div>
          <strong>{text}</strong>
          {detail !== undefined && <p>{detail}</p>}
        </div>
        <Button kind="ghost" icon="close" label="Close" onClick={() => drop(id)} />
      </div>
    ))}
  </div>
)
