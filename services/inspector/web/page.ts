// Page
// What the shell needs of a page, and what a page may tell the shell: where the reader is, what can be done here, how much waits in another page.
import { signal, type ReadonlySignal } from '@preact/signals'
import type { FunctionComponent } from 'preact'
import { useEffect } from 'preact/hooks'
import type { IconName } from './icons.ts'
import type { Place } from './place.ts'

/** One line of pages/index.ts. */
export interface Page {
  /** The first part of its address. */
  readonly path: string
  readonly title: string
  readonly icon: IconName
  /** At `/<path>`. */
  readonly list: FunctionComponent<{ readonly place: Place }>
  /** At `/<path>/<id>`; left out: there is none. */
  readonly one?: FunctionComponent<{ readonly place: Place; readonly id: string }>
}

export interface Crumb {
  readonly text: string
  readonly path?: string
}

/** What the command palette offers beside the pages. */
export interface Action {
  readonly id: string
  readonly label: string
  /** As it is written: `H`. */
  readonly keys?: string
  readonly icon?: IconName
  /** It does something in the running system: an export does not offer it. */
  readonly acts?: boolean
  run(): void
}

export interface NavCount {
  readonly count: number
  /** It wants to be looked at. */
  readonly hot?: boolean
}

const crumbsShown = signal<readonly Crumb[]>([])
const actionsHere = signal<readonly Action[]>([])
const counts = signal<Readonly<Record<string, NavCount>>>({})
export const crumbs: ReadonlySignal<readonly Crumb[]> = crumbsShown
export const actions: ReadonlySignal<readonly Action[]> = actionsHere
export const navCounts: ReadonlySignal<Readonly<Record<string, NavCount>>> = counts

/** Below the page's own title. */
export function useCrumbs(...given: readonly Crumb[]): void {
  const key = JSON.stringify(given)
  useEffect(() => {
    crumbsShown.value = given
    return () => {
      crumbsShown.value = []
    }
  }, [key])
}

/** While the view is there; they may change with every render. */
export function useActions(given: readonly Action[]): void {
  useEffect(() => {
    actionsHere.value = given
  })
  useEffect(
    () => () => {
      actionsHere.value = []
    },
    [],
  )
}

/** Beside a page's name in the sidebar. */
export const setNavCount = (path: string, count: NavCount): void => {
  counts.value = { ...counts.value, [path]: count }
}
