// Mutes
// What is muted, why, by whom and until when; a mute ends by itself, or here.
import { remove } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Panel } from '../components/panel.tsx'
import { toast, toastProblem } from '../components/toasts.tsx'
import { durationText, timeText } from '../format.ts'
import type { Mute } from './wire.ts'

export function Mutes({ mutes, now, onDone }: { readonly mutes: readonly Mute[]; readonly now: number; onDone(): void }) {
  const end = async ({ id, target }: Mute): Promise<void> => {
    const answer = await remove<unknown>(`/alerts/mutes/${encodeURIComponent(id)}`)
    if (answer.ok) toast(`${target} is no longer muted`)
    else toastProblem('That was refused', answer.problem)
    onDone()
  }
  if (mutes.length === 0) return null
  return (
    <Panel title="Muted" beside={<span class="muted figure-text">{mutes.length}</span>}>
      <div class="panel-body">
        <table class="table compact" aria-label="What is muted">
          <thead>
            <tr>
              <th scope="col">what</th>
              <th scope="col">why</th>
              <th scope="col" class="minor">
                by
              </th>
              <th scope="col">ends in</th>
              <th scope="col">
                <span class="visually-hidden">end it</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {mutes.map((mute) => (
              <tr key={mute.id}>
                <td class="mono">
                  {mute.target}
                  {mute.tenant !== undefined && <span class="muted"> of {mute.tenant}</span>}
                </td>
                <td class="change-detail">{mute.reason}</td>
                <td class="minor muted">
                  {mute.by}, {timeText(mute.at, now)}
                </td>
                <td class="mono">{durationText(Math.max(0, mute.until - now))}</td>
                <td>
                  <Button kind="ghost" acts label={`End the mute of ${mute.target}`} onClick={() => void end(mute)}>
                    End it
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
