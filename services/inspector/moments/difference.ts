// Difference
// What one turn changed of an actor's state, as operations on the stored state: those that watchers with detail are told.
import { diff } from '../../../runtime/patch.ts'
import { Encoded } from '../../../runtime/statechart/codec.ts'
import { encode } from '../../../runtime/statechart/index.ts'
import type { Stored } from '../../../runtime/statechart/stored.ts'
import { shownPatch } from '../../../runtime/transition.ts'

/** Redacted and bounded. Without a state before it nothing is compared. */
export const difference = (before: Stored | undefined, after: Stored): readonly unknown[] =>
  before === undefined ? [] : shownPatch(diff(new Encoded(before), new Encoded(after), encode))
