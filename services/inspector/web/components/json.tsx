// Json
// A value as a tree that opens where the reader wants it: nothing inside a closed branch is made.
import { useState } from 'preact/hooks'
import { entriesOf, summaryOf } from '../agent/diff.ts'
import { Button } from './button.tsx'

const shownMax = 100

export const Json = ({ value, label }: { readonly value: unknown; readonly label: string }) => (
  <div class="json" role="group" aria-label={label}>
    <Entries value={value} />
  </div>
)

function Entries({ value }: { readonly value: unknown }) {
  const [max, setMax] = useState(shownMax)
  const entries = entriesOf(value)
  if (entries.length === 0) return <div class="json-line">{summaryOf(value)}</div>
  return (
    <>
      {entries.slice(0, max).map(([name, inside]) => (
        <Entry key={name} name={name} value={inside} />
      ))}
      {entries.length > max && (
        <Button kind="ghost" onClick={() => setMax(max + shownMax)}>
          {entries.length - max} more
        </Button>
      )}
    </>
  )
}

function Entry({ name, value }: { readonly name: string; readonly value: unknown }) {
  const [isOpen, setOpen] = useState(false)
  if (entriesOf(value).length === 0)
    return (
      <div class="json-line">
        <span class="json-name">{name}</span> <span class={`json-value ${typeof value}`}>{summaryOf(value)}</span>
      </div>
    )
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="json-name">{name}</span> <span class="muted">{summaryOf(value).replace('▸ ', '')}</span>
      </summary>
      {isOpen && <Entries value={value} />}
    </details>
  )
}
