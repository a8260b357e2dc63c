// Send dialog
// An event for the actor, as a form or as JSON. What it would do is shown before it can be sent; a change asks anew.
// Events that were sent last are remembered by the browser, those that have a name by the gateway for all of the tenant.
import { useState } from 'preact/hooks'
import { actorPath, post, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { SchemaForm } from '../components/schema-form.tsx'
import { Failed } from '../components/states.tsx'
import { toast } from '../components/toasts.tsx'
import { typeOf } from '../format.ts'
import type { EventSeen } from '../wire.ts'
import { eventOf } from './event-text.ts'
import { noteSent } from './payloads.ts'
import { Rehearsed, type Rehearsal } from './rehearsed.tsx'
import { SavedPayloads } from './saved-payloads.tsx'
import { skeletonOf } from './skeleton.ts'
import type { AgentStore } from './store.ts'

interface Tried {
  readonly text: string
  readonly rehearsal?: Rehearsal
  readonly problem?: Problem
}

interface SendProps {
  readonly store: AgentStore
  readonly first?: string
  onClose(): void
}

export function SendDialog({ store, first, onClose }: SendProps) {
  const draft = useDraft(store, first)
  const { text, schema } = draft
  const [isForm, setForm] = useState(schema !== undefined)
  const [faults, setFaults] = useState<ReadonlyMap<string, string>>(new Map())
  const [tried, setTried] = useState<Tried | undefined>()
  const [isBusy, setBusy] = useState(false)
  const read = eventOf(text)
  const current = tried?.text === text ? tried : undefined
  const isReady = read.ok && (!isForm || faults.size === 0) && !isBusy
  const ask = async (dryRun: boolean): Promise<void> => {
    if (!read.ok) return
    setBusy(true)
    const answer = await post<Rehearsal>(`${actorPath(store.known.actor)}/events`, { event: read.event, dryRun })
    setBusy(false)
    if (!answer.ok) return setTried({ text, problem: answer.problem })
    if (dryRun) return setTried({ text, rehearsal: answer.value })
    noteSent(typeOf(store.known.actor), read.event)
    toast('Sent', `${read.event.type} to ${store.known.actor}`)
    onClose()
    await store.refresh()
  }
  return (
    <Dialog title="Send an event" wide onClose={onClose}>
      <form
        class="stacked"
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady) void ask(current?.rehearsal === undefined)
        }}
      >
        <TypeChoice draft={draft} isForm={isForm} setForm={setForm} />
        <Fields draft={draft} event={isForm && read.ok ? read.event : undefined} onFaults={(wrong) => setFaults(wrong)} />
        {!read.ok && <p class="fault">{read.fault}</p>}
        {current?.problem && <Failed problem={current.problem} />}
        {current?.rehearsal && <Rehearsed rehearsal={current.rehearsal} />}
        <div class="buttons end">
          <SavedPayloads type={typeOf(store.known.actor)} event={read.ok ? read.event : undefined} onTake={draft.take} />
          <span class="space" />
          <Button icon="play" acts disabled={!isReady} onClick={() => void ask(true)}>
            Dry run
          </Button>
          <Button icon="send" kind="primary" acts disabled={!isReady || !current?.rehearsal} onClick={() => void ask(false)}>
            Send
          </Button>
        </div>
        <p class="muted">A dry run takes the turn on a copy and commits nothing.</p>
      </form>
    </Dialog>
  )
}

interface Draft {
  readonly type: string
  readonly types: readonly string[]
  readonly text: string
  readonly schema: unknown
  /** Another number is another form. */
  readonly form: number
  setText(text: string): void
  choose(type: string): void
  take(event: EventSeen): void
}

function useDraft({ known }: AgentStore, first: string | undefined): Draft {
  const accepts = known.now.value?.accepts ?? []
  const schemaOf = (type: string): unknown => accepts.find((one) => one.type === type)?.schema
  const written = (event: object): string => JSON.stringify(event, undefined, 2)
  const [type, setType] = useState(first ?? accepts[0]?.type ?? '')
  const [text, setText] = useState(() => written(skeletonOf(type, schemaOf(type))))
  const [form, setForm] = useState(0)
  const take = (event: EventSeen): void => {
    setType(event.type)
    setText(written(event))
    setForm(form + 1)
  }
  return {
    type,
    types: [...new Set([...accepts.map((one) => one.type), type])],
    text,
    schema: schemaOf(type),
    form,
    setText,
    choose: (next) => take({ ...skeletonOf(next, schemaOf(next)), type: next }),
    take,
  }
}

interface FieldsProps {
  readonly draft: Draft
  /** What the form is of; undefined: it is written as JSON. */
  readonly event: EventSeen | undefined
  onFaults(faults: ReadonlyMap<string, string>): void
}

function Fields({ draft: { schema, form, text, setText }, event, onFaults }: FieldsProps) {
  if (event && schema !== undefined)
    return (
      <SchemaForm
        key={form}
        schema={schema}
        value={event}
        leaveOut={['type']}
        label={`Fields of ${event.type}`}
        onChange={(value, faults) => {
          setText(JSON.stringify({ ...value, type: event.type }, undefined, 2))
          onFaults(faults)
        }}
      />
    )
  return (
    <label>
      As JSON
      <textarea
        class="field code"
        rows={10}
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </label>
  )
}

function TypeChoice({ draft, isForm, setForm }: { readonly draft: Draft; readonly isForm: boolean; setForm(isForm: boolean): void }) {
  return (
    <div class="choice-line">
      <label>
        Event
        <select class="field" value={draft.type} onChange={(event) => draft.choose(event.currentTarget.value)}>
          {draft.types.map((type) => (
            <option key={type} value={type}>
              {type || 'another one'}
            </option>
          ))}
        </select>
      </label>
      {draft.schema !== undefined && (
        <span class="segments" role="group" aria-label="Written as">
          <Button pressed={isForm} onClick={() => setForm(true)}>
            Form
          </Button>
          <Button pressed={!isForm} onClick={() => setForm(false)}>
            JSON
          </Button>
        </span>
      )}
    </div>
  )
}
