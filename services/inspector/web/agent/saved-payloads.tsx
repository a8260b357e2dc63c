import { useState } from 'preact/hooks'
import { put } from '../api.ts'
import { Button } from '../components/button.tsx'
import { toast, toastProblem } from '../components/toasts.tsx'
import { shortened } from '../format.ts'
import { useAnswer } from '../use-answer.ts'
import type { EventSeen, Rows, SavedView } from '../wire.ts'
import { lastSent } from './payloads.ts'

const shownCharacters = 60

interface PayloadsProps {
  /** Of the actor. */
  readonly type: string
  /** What would be saved; undefined: it cannot be read. */
  readonly event: EventSeen | undefined
  onTake(event: EventSeen): void
}

/** Events with a name, which the gateway keeps for all, and those that were sent last from here. */
export function SavedPayloads({ type, event, onTake }: PayloadsProps) {
  const asked = useAnswer<Rows<SavedView>>(`/views?scope=${encodeURIComponent(`event/${type}`)}`)
  const [name, setName] = useState('')
  const named = (asked.value?.rows ?? []).flatMap(({ name: known, content }) =>
    typeof content['type'] === 'string' ? [{ known, event: { ...content, type: content['type'] } }] : [],
  )
  const last = lastSent(type)
  const save = async (): Promise<void> => {
    const wanted = name.trim()
    if (!event || wanted === '') return
    const answer = await put<SavedView>(`/views/${encodeURIComponent(wanted)}`, { scope: `event/${type}`, content: event })
    if (!answer.ok) return toastProblem('The event was not saved', answer.problem)
    toast('The event is saved for everybody of the tenant', wanted)
    setName('')
    asked.reload()
  }
  return (
    <>
      {named.length + last.length > 0 && <TakeOne named={named} last={last} onTake={onTake} />}
      <input
        class="field saved-payload"
        aria-label="Save under the name"
        placeholder="save as"
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value)}
        onKeyDown={(pressed) => {
          if (pressed.key !== 'Enter') return
          pressed.preventDefault() // it would send the event
          void save()
        }}
      />
      {name.trim() !== '' && (
        <Button icon="plus" acts disabled={!event} onClick={() => void save()}>
          Save
        </Button>
      )}
    </>
  )
}

interface TakeOneProps {
  readonly named: readonly { readonly known: string; readonly event: EventSeen }[]
  readonly last: readonly EventSeen[]
  onTake(event: EventSeen): void
}

const TakeOne = ({ named, last, onTake }: TakeOneProps) => (
  <select
    class="field saved-payload"
    aria-label="Take one that was saved or sent"
    value=""
    onChange={({ currentTarget }) => {
      const [from, at] = currentTarget.value.split(' ')
      const taken = from === 'named' ? named[Number(at)]?.event : last[Number(at)]
      if (taken) onTake(taken)
      currentTarget.value = ''
    }}
  >
    <option value="">Take one …</option>
    {named.length > 0 && (
      <optgroup label="Saved">
        {named.map(({ known }, at) => (
          <option key={known} value={`named ${at}`}>
            {known}
          </option>
        ))}
      </optgroup>
    )}
    {last.length > 0 && (
      <optgroup label="Sent last from here">
        {last.map((one, at) => (
          <option key={at} value={`last ${at}`}>
            {shortened(JSON.stringify(one), shownCharacters)}
          </option>
        ))}
      </optgroup>
    )}
  </select>
)
