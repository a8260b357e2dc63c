export type Patch = readonly unknown[]
