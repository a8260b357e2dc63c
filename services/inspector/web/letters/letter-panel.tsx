// Letter panel
// One dead letter: what was in it, why it died, what it would do now, and the way to send it again, as it was or edited.
import { useState } from 'preact/hooks'
import { eventOf } from '../agent/event-text.ts'
import { post, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Panel } from '../components/panel.tsx'
import { Answered, Failed } from '../components/states.tsx'
import { toast } from '../components/toasts.tsx'
import { timeText } from '../format.ts'
import { agentPath } from '../place.ts'
import { useAnswer } from '../use-answer.ts'
import { Rehearsal } from './rehearsal.tsx'
import type { Redriven, Rehearsed, WholeLetter } from './wire.ts'

export function LetterPanel({ id, onDone }: { readonly id: string; onDone(): void }) {
  const asked = useAnswer<WholeLetter>(`/dead-letters/${id}`)
  return (
    <Panel title={`Letter ${id}`}>
      <Answered asked={asked} what={`letter ${id}`}>
        {(letter) => (
          <Letter
            letter={letter}
            onDone={() => {
              asked.reload()
              onDone()
            }}
          />
        )}
      </Answered>
    </Panel>
  )
}

function Letter({ letter, onDone }: { readonly letter: WholeLetter; onDone(): void }) {
  const { id, actor, content, cause, code, stack, fault, kept, redrives } = letter
  const written = JSON.stringify(content, undefined, 2)
  const [edited, setEdited] = useState<string | undefined>()
  const [rehearsed, setRehearsed] = useState<Rehearsed | undefined>()
  const [problem, setProblem] = useState<Problem | undefined>()
  const [isBusy, setBusy] = useState(false)
  const read = edited === undefined ? undefined : eventOf(edited)
  const edit = read?.ok ? { edit: read.event } : {}
  const blocked = isBusy || read?.ok === false || !kept || (fault !== undefined && read === undefined)
  const redrive = async (): Promise<void> => {
    setBusy(true)
    const answer = await post<Redriven>('/dead-letters/redrive', { ids: [id], again: redrives.length > 0, ...edit })
    setBusy(false)
    setProblem(answer.ok ? undefined : answer.problem)
    if (!answer.ok) return
    const { redriven, skipped } = answer.value
    if (redriven[0]) toast('Sent again', redriven[0].message)
    else toast('Not sent', skipped[0]?.why ?? 'nothing was to be sent')
    setEdited(undefined)
    onDone()
  }
  const rehearse = async (): Promise<void> => {
    setBusy(true)
    const answer = await post<Rehearsed>(`/dead-letters/${id}/dry-run`, edit)
    setBusy(false)
    setProblem(answer.ok ? undefined : answer.problem)
    setRehearsed(answer.ok ? answer.value : undefined)
  }
  return (
    <div class="panel-body stacked">
      <Facts letter={letter} />
      <Content text={letter.raw ?? written} edited={edited} fault={read?.ok === false ? read.fault : undefined} onEdit={setEdited} />
      <pre class="code-block bad" tabIndex={0} aria-label="Why it died">
        {code}: {stack ?? cause}
      </pre>
      {fault !== undefined && edited === undefined && <p class="notice warn">As it is it cannot be sent again: {fault}.</p>}
      <div class="buttons">
        <Button kind="primary" icon="again" acts disabled={blocked} onClick={() => void redrive()}>
          {edited === undefined ? 'Redrive' : 'Redrive edited'}
        </Button>
        <Button pressed={edited !== undefined} disabled={!kept} onClick={() => setEdited(edited === undefined ? written : undefined)}>
          Edit
        </Button>
        <Button disabled={blocked} onClick={() => void rehearse()}>
          Dry run
        </Button>
      </div>
      {problem && <Failed problem={problem} />}
      {rehearsed && <Rehearsal actor={actor} rehearsed={rehearsed} />}
    </div>
  )
}

interface ContentProps {
  readonly text: string
  readonly edited: string | undefined
  readonly fault: string | undefined
  onEdit(text: string): void
}

const Content = ({ text, edited, fault, onEdit }: ContentProps) =>
  edited === undefined ? (
    <pre class="code-block" tabIndex={0} aria-label="What was in it">
      {text}
    </pre>
  ) : (
    <label>
      The event that is sent in its place; hidden secrets are not in it
      <textarea
        class="field code"
        rows={10}
        spellcheck={false}
        aria-invalid={fault !== undefined}
        value={edited}
        onInput={(event) => onEdit(event.currentTarget.value)}
      />
      {fault !== undefined && <span class="fault">{fault}</span>}
    </label>
  )

const Facts = ({ letter: { actor, message, event, at, sender, correlation, kept, redrives } }: { readonly letter: WholeLetter }) => (
  <dl class="pairs">
    <dt>actor</dt>
    <dd>
      <a href={agentPath(actor)}>{actor}</a>
    </dd>
    <dt>event</dt>
    <dd>{event}</dd>
    <dt>message</dt>
    <dd>{message}</dd>
    <dt>died</dt>
    <dd>{timeText(at, Date.now())}</dd>
    {sender !== undefined && (
      <>
        <dt>from</dt>
        <dd>{sender}</dd>
      </>
    )}
    {correlation !== undefined && correlation !== message && (
      <>
        <dt>correlation</dt>
        <dd>{correlation}</dd>
      </>
    )}
    {!kept && (
      <>
        <dt>kept</dt>
        <dd>no longer: send its actor an event instead</dd>
      </>
    )}
    {redrives.map(({ message: as, by, at: when }) => (
      <>
        <dt>sent again</dt>
        <dd>{`${timeText(when, Date.now())} by ${by}, as ${as}`}</dd>
      </>
    ))}
  </dl>
)
