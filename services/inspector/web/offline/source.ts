// Source
// Where the page's answers come from: the gateway, or an export that somebody opened.
//
// O1. While an export is open nothing is asked of a gateway: what is not in it is said, never fetched.
import { signal, type ReadonlySignal } from '@preact/signals'
import type { Bundle } from '../../bundle/bundle.ts'
import type { Answer } from '../api.ts'
import { pathOf } from '../place.ts'

export interface OpenExport extends Omit<Bundle, 'answers'> {
  /** The page came with it, as one file: there is no gateway behind it. */
  readonly isInlined: boolean
  answer(path: string): Answer<unknown>
}

const open = signal<OpenExport | undefined>(undefined)
export const openedExport: ReadonlySignal<OpenExport | undefined> = open

export const setExport = (opened: OpenExport | undefined): void => {
  open.value = opened
}

/** What is now: in an export, when it was made. */
export const nowMs = (): number => open.value?.made.at ?? Date.now()

/** Where an export begins. */
export const startOf = ({ of: { kind, id } }: OpenExport): string => pathOf({ page: kind === 'task' ? 'tasks' : 'agents', id })

/** Pages that an export has something for. */
export const isOffered = ({ path }: { readonly path: string }): boolean =>
  open.value === undefined || path === 'agents' || (path === 'tasks' && open.value.of.kind === 'task')

/** What the newest moment is. */
export const liveWord = (): string => (open.value ? 'the end' : 'live')

/** Why nothing can be done. */
export const readOnlyReason = 'This is an export: it shows what was. Do it in the running system.'
