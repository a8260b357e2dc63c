// Banner
// Over every page of an export: of what it is, when and by whom it was made, what is not in it.
import { Button } from '../components/button.tsx'
import { plural } from '../format.ts'
import { leaveExport } from '../router.ts'
import { openedExport, startOf } from './source.ts'

export function ExportBanner() {
  const opened = openedExport.value
  if (!opened) return null
  const { of, made, cut, isInlined } = opened
  return (
    <aside class="export-banner" aria-label="Export">
      <span>
        Export of {of.kind}{' '}
        <strong>
          <a href={startOf(opened)}>{of.id}</a>
        </strong>
      </span>
      <span class="muted">
        made {madeText(made.at)} by {made.by}, with Troupe {made.troupe}; nothing here is live
      </span>
      {cut.length > 0 && (
        <details>
          <summary>{plural(cut.length, 'thing')} left out</summary>
          <ul>
            {cut.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </details>
      )}
      <span class="space" />
      {!isInlined && (
        <Button icon="close" onClick={leaveExport}>
          Close the export
        </Button>
      )}
    </aside>
  )
}

const madeText = (at: number): string => new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
