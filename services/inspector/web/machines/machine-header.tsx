import { get, queryOf } from '../api.ts'
import { Button } from '../components/button.tsx'
import { toastProblem } from '../components/toasts.tsx'
import { countText } from '../format.ts'
import { pathOf } from '../place.ts'
import type { MachineView } from './view.ts'
import type { Picture } from './wire.ts'

/** Which machine it is, how much of it there is, and ways to take it along. */
export function MachineHeader({ view: { machine, drawn, heat, change } }: { readonly view: MachineView }) {
  const { type, version, earlier } = machine
  const { hash } = drawn.chart
  const versions = [{ version, hash: machine.hash }, ...earlier]
  const shown = versions.find((one) => one.hash === hash)
  const facts: readonly (readonly [string, string])[] = [
    ['active now', heat.value ? countText(heat.value.active) : '–'],
    ['actors', heat.value ? countText(heat.value.actors) : '–'],
    ['states', `${drawn.tree.places.size}`],
    ['transitions', `${drawn.tree.edges.size}`],
    ['machine', `${shown?.version ?? ''}@${hash.slice(0, 6)}`],
  ]
  return (
    <header class="agent-header">
      <div class="agent-name">
        <h1 title={type}>{type}</h1>
      </div>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <span class="space" />
      {earlier.length > 0 && (
        <>
          <select
            class="field"
            aria-label="Version"
            value={hash}
            onChange={(event) => change({ hash: event.currentTarget.value === machine.hash ? '' : event.currentTarget.value })}
          >
            {versions.map((one) => (
              <option key={one.hash} value={one.hash}>
                {`version ${one.version} (${one.hash.slice(0, 6)})`}
              </option>
            ))}
          </select>
          <a class="button" href={pathOf({ page: 'compare', query: { type, from: earlier[0]?.hash ?? '', to: machine.hash } })}>
            <span>Compare versions</span>
          </a>
        </>
      )}
      <Button onClick={() => void download(type, hash, 'svg')} title="The chart as a picture that needs nothing else">
        SVG
      </Button>
      <Button onClick={() => void download(type, hash, 'mermaid')} title="The chart as text for Mermaid, which shows less">
        Mermaid
      </Button>
      <a class="button" href={pathOf({ page: 'agents', query: { type } })}>
        <span>Its actors</span>
      </a>
    </header>
  )
}

async function download(type: string, hash: string, format: 'svg' | 'mermaid'): Promise<void> {
  const answer = await get<Picture>(`/machines/${encodeURIComponent(type)}/picture${queryOf({ hash, format })}`)
  if (!answer.ok) return toastProblem('The chart could not be fetched', answer.problem)
  const { name, mime, content } = answer.value
  const address = URL.createObjectURL(new Blob([content], { type: mime }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
