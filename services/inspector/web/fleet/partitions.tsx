// Partitions
// Which partitions there are, who has each, and where messages wait.
import { Badge, type Tone } from '../components/badge.tsx'
import { Panel } from '../components/panel.tsx'
import { AsTable } from '../figures/as-table.tsx'
import { durationText, percentText } from '../format.ts'
import { loadOf, partitionsOf, type PartitionNow } from './partition-load.ts'
import type { Fleet, Move } from './wire.ts'

const hotMax = 6
const words: Readonly<Record<ReturnType<typeof loadOf>, { readonly text: string; readonly tone: Tone }>> = {
  unowned: { text: 'nobody has it', tone: 'bad' },
  behind: { text: 'falling behind', tone: 'bad' },
  busy: { text: 'busy', tone: 'warn' },
  active: { text: 'at work', tone: 'good' },
  calm: { text: 'calm', tone: 'plain' },
}

export function Partitions({ fleet, chosen }: { readonly fleet: Fleet; readonly chosen: string | undefined }) {
  const all = partitionsOf(fleet)
  const hot = all
    .filter((one) => loadOf(one) !== 'calm' || one.move !== undefined)
    .toSorted(
      (one, other) =>
        Number(one.owner !== undefined) - Number(other.owner !== undefined) ||
        other.waiting - one.waiting ||
        other.busyShare - one.busyShare,
    )
  const behind = all.filter((one) => ['unowned', 'behind'].includes(loadOf(one))).length
  return (
    <Panel
      title="Partitions"
      beside={<span class="muted figure-text">{all.length} · colour is load, dashes move, a frame is the chosen worker</span>}
    >
      <div class="panel-body">
        <ul class="cells" aria-label={`${all.length} partitions, ${behind} of them behind or without an owner`}>
          {all.map((one) => (
            <li
              key={one.partition}
              class={`cell ${loadOf(one)} ${one.owner !== undefined && one.owner === chosen ? 'chosen' : ''} ${one.move ? 'moving' : ''}`}
              title={`partition ${one.partition}: ${one.move ? moveText(one.move) : (one.owner ?? 'nobody has it')}, ${one.waiting} waiting, busy ${percentText(one.busyShare)}`}
            >
              <span class="visually-hidden">
                {one.partition}: {one.move ? 'moving' : words[loadOf(one)].text}
              </span>
            </li>
          ))}
        </ul>
        {hot.length === 0 ? <p class="calm-line">No messages wait, and every partition has an owner.</p> : <Busiest hot={hot} />}
        <AsTable
          label="Every partition"
          columns={['partition', 'worker', 'epoch', 'waiting', 'oldest', 'turns /s', 'busy']}
          rows={() =>
            all.map((one) => [
              one.partition,
              one.owner ?? 'nobody',
              one.epoch,
              one.waiting,
              oldestText(one),
              one.turnsPerSecond,
              percentText(one.busyShare),
            ])
          }
        />
      </div>
    </Panel>
  )
}

const Busiest = ({ hot }: { readonly hot: readonly PartitionNow[] }) => (
  <table class="table compact" aria-label="The busiest partitions">
    <thead>
      <tr>
        <th scope="col">partition</th>
        <th scope="col">worker</th>
        <th scope="col" class="number">
          waiting
        </th>
        <th scope="col" class="number">
          oldest
        </th>
        <th scope="col" class="number">
          turns /s
        </th>
        <th scope="col" class="number">
          busy
        </th>
        <th scope="col">load</th>
      </tr>
    </thead>
    <tbody>
      {hot.slice(0, hotMax).map((one) => (
        <Row key={one.partition} one={one} />
      ))}
    </tbody>
  </table>
)

/** How long the oldest message has waited. */
const oldestText = ({ oldestWaitMs = 0 }: PartitionNow): string => (oldestWaitMs > 0 ? durationText(oldestWaitMs) : '–')

const moveText = ({ from, to }: Move): string => `${from} → ${to ?? 'nobody yet'}`

const Row = ({ one }: { readonly one: PartitionNow }) => {
  const { text, tone } = words[loadOf(one)]
  return (
    <tr>
      <td class="mono">p{one.partition}</td>
      <td class="mono">{one.move ? moveText(one.move) : (one.owner ?? '–')}</td>
      <td class="number">{one.waiting.toLocaleString('en')}</td>
      <td class="number">{oldestText(one)}</td>
      <td class="number">{Math.round(one.turnsPerSecond)}</td>
      <td class="number">{percentText(one.busyShare)}</td>
      <td>{one.move ? <Badge tone="accent">moving</Badge> : <Badge tone={tone}>{text}</Badge>}</td>
    </tr>
  )
}
