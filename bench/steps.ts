// The steps of one ask, and which files do the work of each: the rows of the table "where each microsecond goes".
import type { Area } from './self-time.ts'

export interface Step {
  readonly name: string
  readonly files: RegExp
}

/** No part of an ask; one that is not sampled does without. */
const samplingItself = /^bench\/cpu-profile\.ts/

/** The first that fits an area has its time; what fits none is a step of its own at the end. */
export const clientSteps: readonly Step[] = [
  { name: 'client: sampling', files: samplingItself },
  { name: 'client: the measuring itself', files: /^bench\// },
  { name: 'client: read answers', files: /^client\/answers/ },
  { name: 'client: write messages, gather frames', files: /^(?:client|machines)\// },
  { name: 'client: NATS client and sockets', files: /^(?:package |node$|\(program\))/ },
  { name: 'client: garbage collection', files: /^\(garbage/ },
]

export const workerSteps: readonly Step[] = [
  { name: 'worker: sampling', files: samplingItself },
  {
    name: 'worker: delivery (NATS client, sockets, ordered reader)',
    files: /^(?:package |node$|\(program\)|runtime\/nats\/(?:ordered-reader|mailbox|session|link))/,
  },
  {
    name: 'worker: parse and queue',
    files: /^runtime\/(?:items|inflow|arrivals|inside-items|mail-source|pressure|pressure-speaker|throttle|depths|shed)\.ts/,
  },
  { name: 'worker: record encode', files: /^runtime\/(?:group|patch|record)\.ts|^runtime\/statechart\/codec\.ts/ },
  { name: 'worker: reply', files: /^runtime\/(?:announcer|watchers)\.ts|^runtime\/nats\/signals\.ts/ },
  {
    name: 'worker: append, and what leaves in its write',
    files: /^runtime\/(?:append|log-end)\.ts|^runtime\/nats\/(?:log|publish|publisher)\.ts/,
  },
  {
    name: 'worker: snapshots, checkpoints, passivation',
    files: /^runtime\/(?:keeper|activation|activate)\.ts|^runtime\/nats\/(?:state-store|read-states)\.ts/,
  },
  { name: 'worker: turn', files: /^(?:runtime|machines|bench)\// },
  { name: 'worker: garbage collection', files: /^\(garbage/ },
]

/** The share of each step, in the order of the steps; `rest` has what no step names. */
export function sharesOf(areas: readonly Area[], steps: readonly Step[]): readonly { readonly name: string; readonly share: number }[] {
  const shares = new Map<string, number>(steps.map(({ name }) => [name, 0]))
  for (const { name, own, called } of areas) {
    const step = steps.find(({ files }) => files.test(name))?.name ?? 'rest'
    shares.set(step, (shares.get(step) ?? 0) + own + called)
  }
  return [...shares].map(([name, share]) => ({ name, share }))
}
