// Limits
// How much of a run is exported. What goes beyond is left out, and the export says so.
// Beside it what a page needs to know that has no export open: nothing here costs anything to load.

/** Of the element that holds the export in a page that came with it, gzipped and in base64. */
export const elementId = 'troupe-export'

/** Turns of each actor, the newest. */
export const turnsDefault = 200
export const turnsMax = 1_000
export const actorsMax = 60
/** The task itself and its steps. */
export const tasksMax = 40
export const decisionsMax = 100
/** Generations of children of an actor. */
export const depthMax = 4
/** Tasks that an actor worked for. */
export const correlationsMax = 5
