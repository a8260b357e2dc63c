/**
 * What a selection model holds at most: under 350 kB of JSON, since an actor's whole state has 768 KiB.
 * An arm has at least one cell, so there are at most as many arms.
 */
export const modelLimits = { cellsMax: 1_000, taskTypesMax: 128, featuresMax: 8, productsMax: 32 } as const
