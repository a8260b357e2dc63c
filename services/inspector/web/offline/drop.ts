// Drop
// An export that is dragged onto the page is opened; anything else that is dropped does what it always did.
import { toastProblem } from '../components/toasts.tsx'

const opener = () => import('./open.ts') // only who opens an export loads what reads it

/** Call once. */
export function startDrop(): void {
  const mark = (isOver: boolean): void => void document.documentElement.classList.toggle('dropping', isOver)
  addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    mark(true)
  })
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) mark(false)
  })
  addEventListener('drop', (event) => {
    mark(false)
    const [file] = event.dataTransfer?.files ?? []
    if (!file) return
    event.preventDefault()
    opener().then(({ openFile }) => openFile(file), notLoaded)
  })
}

export const chooseExport = (): void => void opener().then(({ chooseFile }) => chooseFile(), notLoaded)

export const notLoaded = (): void =>
  toastProblem('Exports are not at hand', { code: 'TR_GATEWAY_UNREACHABLE', detail: 'a part of the page could not be loaded' })
