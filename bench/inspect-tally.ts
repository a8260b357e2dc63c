// The counting alone: nanoseconds of each turn, and what telling once a second costs. Where a whole turn is measured, a busy machine hides them.
import { actorId } from '../machines/address.ts'
import type { Group } from '../runtime/group.ts'
import { birth, prepare, takeTurn, type Outcome } from '../runtime/statechart/index.ts'
import { thisProcess } from '../runtime/system.ts'
import { Tally } from '../runtime/tally.ts'
import { chain, counter } from './actors.ts'

const groupTurns = 64
const rounds = 20_000
const meta = { at: 0, id: 'm', random: 0 }

export function tallyFigures() {
  const tally = new Tally()
  const group = groupOf([...turnsOf(counter, 'add', groupTurns / 2), ...turnsOf(chain, 'run', groupTurns / 2)])
  const time = (times: number, run: () => void): number => {
    for (let n = 0; n < times / 4; n++) run() // warm
    const started = performance.now()
    for (let n = 0; n < times; n++) run()
    return ((performance.now() - started) * 1e6) / times
  }
  const perGroupNs = time(rounds, () => {
    tally.committed(group)
    tally.waited(3, groupTurns)
  })
  const { pulse } = thisProcess()
  let bytes = 0
  const tellNs = time(200, () => {
    tally.committed(group)
    bytes = JSON.stringify({ ...tally.take(), pulse: pulse() }).length
  })
  return { perTurnNs: perGroupNs / groupTurns, tellUs: tellNs / 1_000, bytes }
}

function turnsOf(definition: typeof counter | typeof chain, type: string, count: number): Outcome[] {
  const host = prepare(definition)
  const { next } = birth(host, { address: actorId('bench', definition.name, 'k'), input: null }, meta)
  const event = { type, n: 1 }
  return Array.from({ length: count }, () => takeTurn(host, next, { kind: 'event', event }, meta)).filter(
    (outcome) => outcome !== undefined,
  )
}

const groupOf = (outcomes: readonly Outcome[]): Parameters<Tally['committed']>[0] => ({
  turns: outcomes.length,
  outcomes: [...outcomes],
  births: [],
  dead: [],
  entries: [],
  effects: [],
  madeMs: 1 satisfies Group['madeMs'],
})
