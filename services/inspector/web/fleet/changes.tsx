// Changes
// What changed in the fleet, the latest first: releases, workers that came and went, partitions that changed hands, drains. The lines above have it as marks.
import { Badge, type Tone } from '../components/badge.tsx'
import { Panel } from '../components/panel.tsx'
import { AsTable } from '../figures/as-table.tsx'
import { clockText } from '../format.ts'
import type { Mark } from './wire.ts'

const shownMax = 6
const kinds: ReadonlyMap<string, { readonly text: string; readonly tone: Tone }> = new Map([
  ['deploy', { text: 'deploy', tone: 'accent' }],
  ['came', { text: 'came', tone: 'good' }],
  ['went', { text: 'went', tone: 'bad' }],
  ['moved', { text: 'moved', tone: 'plain' }],
  ['taken-over', { text: 'taken over', tone: 'warn' }],
  ['drain', { text: 'drain', tone: 'warn' }],
])

export function Changes({ marks }: { readonly marks: readonly Mark[] }) {
  const left = marks.length - shownMax
  return (
    <Panel
      title="What changed"
      beside={
        <span class="muted figure-text">{marks.length === 0 ? '' : `${marks.length} in the shown time, or the last 15 minutes`}</span>
      }
    >
      <div class="panel-body">
        {marks.length === 0 ? (
          <p class="calm-line">No release, no worker that came or went, no partition that changed hands in the last 15 minutes.</p>
        ) : (
          <table class="table compact" aria-label="What changed in the fleet">
            <thead>
              <tr>
                <th scope="col">when</th>
                <th scope="col">kind</th>
                <th scope="col">what</th>
              </tr>
            </thead>
            <tbody>
              {marks
                .slice(-shownMax)
                .toReversed()
                .map((mark) => (
                  <Row key={`${mark.at} ${mark.text}`} mark={mark} />
                ))}
            </tbody>
          </table>
        )}
        {left > 0 && (
          <AsTable
            label="Everything that changed"
            columns={['when', 'kind', 'what', 'in words']}
            rows={() => marks.map(({ at, kind, text, detail }) => [clockText(at, { ms: false }), kind, text, detail]).toReversed()}
          />
        )}
      </div>
    </Panel>
  )
}

const Row = ({ mark: { at, kind, text, detail } }: { readonly mark: Mark }) => {
  const known = kinds.get(kind)
  return (
    <tr>
      <td class="mono">{clockText(at, { ms: false })}</td>
      <td>
        <Badge tone={known?.tone ?? 'plain'}>{known?.text ?? kind}</Badge>
      </td>
      <td class="change-detail">
        <strong class="mono">{text}</strong> {detail}
      </td>
    </tr>
  )
}
