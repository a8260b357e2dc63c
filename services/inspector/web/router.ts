// Router
// Where the reader is, as a signal, in step with the browser's history. Links are plain anchors, so they can be copied and opened elsewhere.
import { signal, type ReadonlySignal } from '@preact/signals'
import { placeOf, type Place } from './place.ts'

const current = signal<Place>(placeOf('/'))
export const place: ReadonlySignal<Place> = current

const read = (): void => {
  current.value = placeOf(location.pathname, location.search)
}

export function go(path: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (path === location.pathname + location.search) return
  if (replace) history.replaceState(null, '', path)
  else history.pushState(null, '', path)
  read()
}

/** Links to the page itself do not load it again. Call once. */
export function startRouter(): void {
  read()
  addEventListener('popstate', read)
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || !isOurs(link) || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    go(link.pathname + link.search)
    document.getElementById('main')?.focus({ preventScroll: true })
  })
}

/** The API and its documents are other pages. */
const isOurs = ({ origin, pathname, target }: HTMLAnchorElement): boolean =>
  origin === location.origin && target === '' && !pathname.startsWith('/v1/') && !pathname.startsWith('/#')
