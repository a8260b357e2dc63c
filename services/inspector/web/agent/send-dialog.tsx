// Send dialog
// An event for the actor as JSON. What it would do is shown before it can be sent; a change asks anew.
import { useState } from 'preact/hooks'
import { actorPath, post, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Failed } from '../components/states.tsx'
import { toast } from '../components/toasts.tsx'
import { eventOf } from './event-text.ts'
import { skeletonOf } from './skeleton.ts'
import { stateText } from './state-value.ts'
import type { AgentStore } from './store.ts'

/** The gateway's answer to a dry run; what a worker would refuse is a code. */
interface Rehearsal {
  readonly ok: boolean
  readonly would?: {
    readonly handled?: boolean
    readonly parked?: boolean
    readonly from?: unknown
    readonly to?: unknown
    readonly status?: string
    readonly sends?: readonly { readonly to: string; readonly type: string }[]
    readonly effects?: readonly { readonly src: string }[]
    readonly emits?: readonly string[]
  }
  readonly refused?: { readonly code: string; readonly message: string }
}

interface Tried {
  readonly text: string
  readonly rehearsal?: Rehearsal
  readonly problem?: Problem
}

export function SendDialog({ store, first, onClose }: { readonly store: AgentStore; readonly first?: string; onClose(): void }) {
  const accepts = store.known.now.value?.accepts ?? []
  const draft = (type: string): string => JSON.stringify(skeletonOf(type, accepts.find((one) => one.type === type)?.schema), null, 2)
  const [type, setType] = useState(first ?? accepts[0]?.type ?? '')
  const [text, setText] = useState(() => draft(type))
  const [tried, setTried] = useState<Tried | undefined>()
  const [isBusy, setBusy] = useState(false)
  const read = eventOf(text)
  const current = tried?.text === text ? tried : undefined
  const ask = async (dryRun: boolean): Promise<void> => {
    if (!read.ok) return
    setBusy(true)
    const answer = await post<Rehearsal>(`${actorPath(store.known.actor)}/events`, { event: read.event, dryRun })
    setBusy(false)
    if (!answer.ok) return setTried({ text, problem: answer.problem })
    if (dryRun) return setTried({ text, rehearsal: answer.value })
    toast('Sent', `${read.event.type} to ${store.known.actor}`)
    onClose()
    await store.refresh()
  }
  return (
    <Dialog title="Send an event" onClose={onClose}>
      <form
        class="stacked"
        onSubmit={(event) => {
          event.preventDefault()
          void ask(current?.rehearsal === undefined)
        }}
      >
        <label>
          Event
          <select
            class="field"
            value={type}
            onChange={(event) => {
              setType(event.currentTarget.value)
              setText(draft(event.currentTarget.value))
            }}
          >
            {accepts.map((one) => (
              <option key={one.type}>{one.type}</option>
            ))}
            {!accepts.some((one) => one.type === type) && <option value={type}>{type || 'another one'}</option>}
          </select>
        </label>
        <label>
          As JSON
          <textarea class="field code" rows={10} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        {!read.ok && <p class="fault">{read.fault}</p>}
        {current?.problem && <Failed problem={current.problem} />}
        {current?.rehearsal && <Would rehearsal={current.rehearsal} />}
        <div class="buttons end">
          <Button icon="play" disabled={!read.ok || isBusy} onClick={() => void ask(true)}>
            Dry run
          </Button>
          <Button icon="send" kind="primary" disabled={!read.ok || isBusy || !current?.rehearsal} onClick={() => void ask(false)}>
            Send
          </Button>
        </div>
        <p class="muted">A dry run takes the turn on a copy and commits nothing.</p>
      </form>
    </Dialog>
  )
}

function Would({ rehearsal: { ok, would, refused } }: { readonly rehearsal: Rehearsal }) {
  if (!ok || !would)
    return (
      <p class="fault" role="status">
        It would be refused: {refused ? `${refused.code}: ${refused.message}` : 'no reason was given'}
      </p>
    )
  const { handled = true, parked, from, to, status, sends = [], effects = [], emits = [] } = would
  const rows: readonly (readonly [string, string])[] = [
    ['goes', `${stateText(from) || '(not born)'} → ${stateText(to) || '(no state)'}`],
    ['then is', status ?? ''],
    ['starts', effects.map(({ src }) => src).join(', ')],
    ['sends', sends.map((send) => `${send.type} to ${send.to}`).join(', ')],
    ['emits', emits.join(', ')],
  ]
  return (
    <div class="would" role="status">
      <strong>
        {parked ? 'It would wait, as the actor does.' : handled ? 'It would work.' : 'It would change nothing: no transition takes it.'}
      </strong>
      <dl class="pairs">
        {rows.map(
          ([name, value]) =>
            value !== '' && (
              <>
                <dt key={name}>{name}</dt>
                <dd>{value}</dd>
              </>
            ),
        )}
      </dl>
    </div>
  )
}
