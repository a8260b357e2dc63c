// Context part
// The context of the shown turn, and what differs from that of another turn: the one before, or any that the reader names.
import { useEffect, useMemo, useState } from 'preact/hooks'
import { Json } from '../components/json.tsx'
import { Button } from '../components/button.tsx'
import { diffLines, type DiffLine } from './diff.ts'
import { loadMoment } from './knowledge.ts'
import { ignoreAbort, type AgentStore, type Shown } from './store.ts'

export function ContextPart({ store, shown }: { readonly store: AgentStore; readonly shown: Shown }) {
  const { known } = store
  const [chosen, choose] = useState<number | undefined>()
  const [isShort, setShort] = useState(false)
  const other = chosen ?? shown.turn - 1
  const first = Math.max(1, known.first.value)
  useEffect(() => {
    if (chosen !== undefined) loadMoment(known, chosen, true).catch(ignoreAbort)
  }, [chosen])
  const before = chosen === undefined ? shown.before : known.moments.value.get(other)
  const hasDiff = before !== undefined && shown.context !== undefined
  const lines = useMemo(() => (hasDiff ? diffLines(before.context, shown.context) : []), [before, shown.context])
  const changed = lines.filter(({ kind }) => kind !== 'same').length
  return (
    <section class="part">
      <h2>
        Context
        <label class="against">
          <span class="muted">against turn</span>
          <input
            class="field"
            type="number"
            min={first}
            max={store.last.value}
            value={other < first ? '' : other}
            placeholder="none"
            onChange={({ currentTarget: { valueAsNumber } }) =>
              choose(Number.isInteger(valueAsNumber) && valueAsNumber >= first ? valueAsNumber : undefined)
            }
          />
        </label>
        {chosen !== undefined && <Button kind="ghost" icon="close" label="Against the turn before" onClick={() => choose(undefined)} />}
        {changed > 0 && lines.length > changed && (
          <Button kind="ghost" pressed={isShort} onClick={() => setShort(!isShort)}>
            only changes
          </Button>
        )}
      </h2>
      {hasDiff && changed === 0 && <p class="muted">Nothing of it differs.</p>}
      {hasDiff ? <Diff lines={isShort ? withoutSame(lines) : lines} /> : <Json value={shown.context} label="Context" />}
      {hasDiff && (
        <details class="whole">
          <summary>All of it</summary>
          <Json value={shown.context} label="Context" />
        </details>
      )}
    </section>
  )
}

/** What differs, with the fields around it. */
const withoutSame = (lines: readonly DiffLine[]): readonly DiffLine[] =>
  lines.filter(({ kind, depth }, at) => kind !== 'same' || (lines[at + 1]?.depth ?? 0) > depth)

const signs: Readonly<Record<DiffLine['kind'], string>> = { same: ' ', gone: '-', new: '+' }

const Diff = ({ lines }: { readonly lines: readonly DiffLine[] }) => (
  <div class="diff" role="group" aria-label="What changed in the context">
    {lines.length === 0 && <p class="muted">It is empty.</p>}
    {lines.map(({ kind, depth, name, text }, at) => (
      <div key={at} class={kind} style={{ paddingLeft: `${8 + Math.max(0, depth - 1) * 14}px` }}>
        <span class="sign">{signs[kind]}</span>
        {name !== '' && <span class="name">{name}: </span>}
        {text}
      </div>
    ))}
  </div>
)
