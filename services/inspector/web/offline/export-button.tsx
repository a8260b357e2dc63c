import { Button } from '../components/button.tsx'
import type { Action } from '../page.ts'
import { openedExport } from './source.ts'
import { askForExport, type ExportWish } from './wish.tsx'

/** An export is exported already. */
export const ExportButton = ({ wish }: { readonly wish: ExportWish }) =>
  openedExport.value ? null : (
    <Button icon="save" title="This run as one file" onClick={() => askForExport(wish)}>
      Export
    </Button>
  )

/** The same for the palette. */
export const exportActions = (wish: ExportWish): readonly Action[] =>
  openedExport.value ? [] : [{ id: 'export', label: `Export this ${wish.kind} as a file`, icon: 'save', run: () => askForExport(wish) }]
