// Bands
// The lanes of the timeline: for how long each region of the state value was where, and what ran meanwhile. Pure.
import type { Calls, ChartNode, HistoryRow } from '../wire.ts'
import { lanesIn } from './state-value.ts'
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

export function callLanes({ llm, effects }: Calls, now: number): readonly Lane[] {
  const calls = llm.map(({ at, latencyMs, model }) => ({ from: at - latencyMs, to: at, text: model, tone: 'tone-llm' }))
  const runs = effects.map(({ startedAt, endedAt, src, ok }) => ({
    from: startedAt,
    to: endedAt ?? now,
    text: src,
    tone: ok === false ? 'tone-bad' : 'tone-effect',
  }))
  return [
    { name: 'LLM calls', bands: calls },
    { name: 'effects', bands: runs },
  ].filter(({ bands }) => bands.length > 0)
}
