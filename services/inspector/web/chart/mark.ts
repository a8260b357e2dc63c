// Mark
// What is said of one state or transition of a chart; marks.ts draws it.

export type MarkTone = 'added' | 'removed' | 'changed' | 'only-a' | 'only-b' | 'hot' | 'finding'

export interface Mark {
  readonly tone: MarkTone
  /** A sentence: the sign's title, and in the accessible name of what is marked. */
  readonly note?: string
  /** Written instead of the tone's own sign; it is short. */
  readonly text?: string
}

/** By state or transition. */
export type Marks = ReadonlyMap<string, Mark | readonly Mark[]>
