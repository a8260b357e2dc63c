// Wish
// Which run is to be exported, and the dialog for it: loaded when it is first asked for.
import { signal } from '@preact/signals'
import type { FunctionComponent } from 'preact'
import { notLoaded } from './drop.ts'

export interface ExportWish {
  readonly kind: 'task' | 'actor'
  readonly id: string
}

interface Open {
  readonly wish: ExportWish
  readonly Dialog: FunctionComponent<{ readonly wish: ExportWish; onClose(): void }>
}

const opened = signal<Open | undefined>(undefined)

export const askForExport = (wish: ExportWish): void =>
  void import('./export-dialog.tsx').then(({ ExportDialog }) => (opened.value = { wish, Dialog: ExportDialog }), notLoaded)

/** Once, in the shell. */
export function ExportWishes() {
  const { wish, Dialog } = opened.value ?? {}
  return wish && Dialog ? <Dialog wish={wish} onClose={() => (opened.value = undefined)} /> : null
}
