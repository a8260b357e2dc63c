// Bands
// The lanes of the timeline: for how long each region of the state value was where, and what ran meanwhile. Pure.
import type { Calls, ChartNode, EffectRun, HistoryRow } from '../wire.ts'
import { mayUseMemory } from './memory.ts'
import { lanesIn, leafPaths } from './state-value.ts'
import type { Interval } from './time-scale.ts'

export interface Band extends Interval {
  readonly text: string
  readonly tone: string
  readonly turn?: number
}

export interface Lane {
  readonly name: string
  readonly bands: readonly Band[]
}

export const lanesMax = 8
/** So many colours tell states apart; the next one begins again. */
const tones = 6

/** In the order in which lanes first appear. */
export function stateLanes(root: ChartNode | undefined, rows: readonly HistoryRow[], until: number): readonly Lane[] {
  const lanes = new Map<string, Band[]>()
  const colours = new Map<string, string>()
  rows.forEach(({ state, at, turn }, index) => {
    const to = rows[index + 1]?.at ?? until
    for (const { lane, state: text } of lanesIn(root, state)) {
      const bands = lanes.get(lane) ?? []
      lanes.set(lane, bands)
      const last = bands.at(-1)
      if (last?.text === text && last.to === at) bands[bands.length - 1] = { ...last, to }
      else bands.push({ from: at, to, text, tone: toneOf(text, colours), turn })
    }
  })
  return [...lanes].slice(0, lanesMax).map(([name, bands]) => ({ name, bands }))
}

/** The same state has the same colour on every lane; what went wrong is red. */
function toneOf(state: string, colours: Map<string, string>): string {
  const tone = colours.get(state) ?? (/fail|error|reject|cancel/i.test(state) ? 'tone-bad' : `tone-${colours.size % tones}`)
  colours.set(state, tone)
  return tone
}

/** Model calls, looking things up, and everything else that ran; each is on one lane. */
export function callLanes({ llm, effects }: Calls, now: number): readonly Lane[] {
  const calls = llm.map(({ at, latencyMs, model }) => ({ from: at - latencyMs, to: at, text: model, tone: 'tone-llm' }))
  const ofModels = new Set(llm.map(({ effect }) => effect))
  const ran = effects.filter(({ key }) => !ofModels.has(key))
  const isMemory = (src: string): boolean => src !== 'act' && mayUseMemory({ src })
  return [
    { name: 'LLM calls', bands: calls },
    { name: 'memory', bands: ran.filter(({ src }) => isMemory(src)).map((run) => bandOf(run, now, 'tone-memory')) },
    { name: 'tools', bands: ran.filter(({ src }) => !isMemory(src)).map((run) => bandOf(run, now, 'tone-effect')) },
  ].filter(({ bands }) => bands.length > 0)
}

const bandOf = ({ startedAt, endedAt, src, ok, cancelled }: EffectRun, now: number, tone: string): Band => ({
  from: startedAt,
  to: endedAt ?? now,
  text: src,
  tone: ok === false && !cancelled ? 'tone-bad' : tone,
})

/** While it stood in a state that waits for a person, as its author has tagged it. */
export function personLane(root: ChartNode | undefined, rows: readonly HistoryRow[], until: number): Lane {
  const waits = root ? pathsTagged(root, personTag) : new Set<string>()
  const bands: Band[] = []
  for (const [index, { state, at }] of waits.size === 0 ? [] : rows.entries()) {
    const path = leafPaths(state).find((leaf) => [...waits].some((one) => leaf === one || leaf.startsWith(`${one}.`)))
    if (path === undefined) continue
    const to = rows[index + 1]?.at ?? until
    const last = bands.at(-1)
    if (last?.to === at) bands[bands.length - 1] = { ...last, to }
    else bands.push({ from: at, to, text: path.slice(path.lastIndexOf('.') + 1), tone: 'tone-3' })
  }
  return { name: 'person', bands }
}

const personTag = 'needs-human'

function pathsTagged(root: ChartNode, tag: string): ReadonlySet<string> {
  const found = new Set<string>()
  const walk = (node: ChartNode, path: string): void => {
    if (path !== '' && node.tags.includes(tag)) found.add(path)
    for (const state of node.states) walk(state, path === '' ? state.key : `${path}.${state.key}`)
  }
  walk(root, '')
  return found
}
