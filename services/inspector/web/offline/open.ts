// Open
// An export becomes what the page shows: from the page that came with it, or from a file of the reader's.
import { openBytesMax, readBundle, tooLarge } from '../../bundle/bundle.ts'
import type { Problem } from '../api.ts'
import { toastProblem } from '../components/toasts.tsx'
import { enterExport } from '../router.ts'
import { answersOf } from './answers.ts'
import { setExport, type OpenExport } from './source.ts'

/** `packed`: gzipped and in base64. A problem: it cannot be shown. */
export async function openInlined(packed: string): Promise<Problem | undefined> {
  try {
    setExport(exportOf(await unpacked(packed.trim()), 'this file', true))
    return undefined
  } catch (error) {
    return problemOf(error)
  }
}

export async function openFile(file: File): Promise<void> {
  try {
    if (file.size > openBytesMax) throw tooLarge(file.name)
    enterExport(exportOf(await file.text(), file.name, false))
  } catch (error) {
    toastProblem('The export was not opened', problemOf(error))
  }
}

/** The browser's own dialog for files. */
export function chooseFile(): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = '.json,application/json'
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    if (file) void openFile(file)
  })
  input.click()
}

function exportOf(text: string, name: string, isInlined: boolean): OpenExport {
  const { answers, ...bundle } = readBundle(text, name)
  return { ...bundle, isInlined, answer: answersOf({ answers }) }
}

/** No more of it than is read: a few bytes may unpack to very many. */
async function unpacked(packed: string): Promise<string> {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0))
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    text += decoder.decode(value, { stream: true })
    if (text.length > openBytesMax) throw tooLarge('this file')
  }
}

function problemOf(error: unknown): Problem {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'TR_EXPORT_UNREADABLE'
  const detail = error instanceof Error ? error.message : String(error)
  return { status: 422, code, title: 'The export cannot be opened', detail }
}
