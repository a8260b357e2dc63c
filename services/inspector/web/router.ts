// Router
// Where the reader is, as a signal, in step with the browser's history. Links are plain anchors, so they can be copied and opened elsewhere.
//
// R1. The addresses of an export stand behind `#`: no server knows them, and there may be none.
import { batch, signal, type ReadonlySignal } from '@preact/signals'
import { openedExport, setExport, startOf, type OpenExport } from './offline/source.ts'
import { placeOf, type Place } from './place.ts'

const current = signal<Place>(placeOf('/'))
export const place: ReadonlySignal<Place> = current

/** What a link to it is, on this page. */
export const linkTo = (path: string): string => (openedExport.peek() ? `#${path}` : path)

const written = (): string => {
  const opened = openedExport.peek()
  if (!opened) return location.pathname + location.search
  return /^#\/./.test(location.hash) ? location.hash.slice(1) : startOf(opened) // R1
}

const read = (): void => {
  const [pathname = '', search = ''] = written().split('?', 2)
  current.value = placeOf(pathname, search)
}

export function go(path: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (path === written()) return
  if (replace) history.replaceState(null, '', linkTo(path))
  else history.pushState(null, '', linkTo(path))
  read()
}

/** Shows it instead of what runs. */
export function enterExport(opened: OpenExport): void {
  batch(() => {
    setExport(opened)
    history.pushState(null, '', `/#${startOf(opened)}`)
    read()
  })
}

export function leaveExport(): void {
  batch(() => {
    setExport(undefined)
    history.pushState(null, '', '/')
    read()
  })
}

/** Links to the page itself do not load it again. Call once. */
export function startRouter(): void {
  read()
  addEventListener('popstate', () => {
    const opened = openedExport.peek()
    if (opened && !opened.isInlined && location.hash === '') setExport(undefined) // the way back leads out of it
    read()
  })
  for (const come of ['pointerover', 'focusin']) document.addEventListener(come, (event) => pointInside(linkOf(event)))
  document.addEventListener('click', (event) => {
    const link = linkOf(event)
    if (!link || !isOurs(link) || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    const path = openedExport.peek() ? link.hash.slice(1) : link.pathname + link.search
    if (path !== 'main') go(path === '/' ? startPath() : path)
    document.getElementById('main')?.focus({ preventScroll: true })
  })
}

const linkOf = ({ target }: Event): HTMLAnchorElement | null => (target instanceof Element ? target.closest('a') : null)

const startPath = (): string => {
  const opened = openedExport.peek()
  return opened ? startOf(opened) : '/'
}

/** R1: a link that is opened elsewhere, or copied, leads into the export too. */
function pointInside(link: HTMLAnchorElement | null): void {
  const href = link?.getAttribute('href') ?? ''
  if (openedExport.peek() && href.startsWith('/') && !href.startsWith('/v1/')) link?.setAttribute('href', `#${href}`)
}

/** The API and its documents are other pages. */
function isOurs(link: HTMLAnchorElement): boolean {
  pointInside(link)
  const { origin, pathname, target, hash } = link
  if (openedExport.peek()) return target === '' && hash !== ''
  return origin === location.origin && target === '' && !pathname.startsWith('/v1/') && !pathname.startsWith('/#')
}
