// Choose view
// What is to be compared: two actors of one type, or two versions of a machine.
import { useState } from 'preact/hooks'
import { queryOf } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Panel } from '../components/panel.tsx'
import { Answered } from '../components/states.tsx'
import { typeOf } from '../format.ts'
import { go } from '../router.ts'
import { useAnswer } from '../use-answer.ts'
import type { ActorRow, Rows } from '../wire.ts'
import { comparePath, runNameOf, versionsPath } from './run-name.ts'
import type { Version } from './wire.ts'

const suggestions = 50

export const ChooseView = ({ a }: { readonly a?: string }) => (
  <div class="page compare-page">
    <header class="page-head">
      <h1>Compare</h1>
    </header>
    <p class="page-lead">
      Two runs of one actor type, a fork and its original first of all, or two versions of a machine: on one chart, with what differs.
    </p>
    <div class="columns-2">
      <Panel title="Two runs">
        <div class="panel-body">
          <ChooseRuns {...(a !== undefined && { a })} />
        </div>
      </Panel>
      <Panel title="Two versions of a machine">
        <div class="panel-body">
          <ChooseVersions />
        </div>
      </Panel>
      <Panel title="Forks and their originals">
        <div class="panel-body">
          <Forks />
        </div>
      </Panel>
    </div>
  </div>
)

/** Behind an actor `@` and a turn mean it as it was then. */
export function ChooseRuns({ a: first = '', onGo }: { readonly a?: string; readonly onGo?: () => void }) {
  const [a, setA] = useState(first)
  const [b, setB] = useState('')
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    onGo?.()
    go(comparePath(runNameOf(a), runNameOf(b)))
  }
  const { actor } = runNameOf(a)
  const type = actor.split('/').length > 2 ? typeOf(actor) : undefined
  return (
    <form class="stacked" onSubmit={submit}>
      <ActorField label="A" id="compare-a" value={a} onInput={setA} type={undefined} not={b} />
      <ActorField label="B" id="compare-b" value={b} onInput={setB} type={type} not={a} />
      <p class="muted small">tenant/type/key; with @ and a turn behind it, as it was then.</p>
      <div class="buttons end">
        <Button submit kind="primary" disabled={a.trim() === '' || b.trim() === ''}>
          Compare
        </Button>
      </div>
    </form>
  )
}

interface ActorFieldProps {
  readonly label: string
  readonly id: string
  readonly value: string
  onInput(value: string): void
  readonly type: string | undefined
  readonly not: string
}

function ActorField({ label, id, value, onInput, type, not }: ActorFieldProps) {
  const asked = useAnswer<Rows<ActorRow>>(`/actors${queryOf({ type, q: value.includes('@') ? undefined : value, limit: suggestions })}`)
  return (
    <label>
      {label}
      <input class="field mono" required list={`${id}-list`} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
      <datalist id={`${id}-list`}>
        {asked.value?.rows
          .filter(({ actor }) => actor !== not)
          .map(({ actor }) => (
            <option key={actor} value={actor} />
          ))}
      </datalist>
    </label>
  )
}

/** What a fork is called that was given no key of its own. */
const forkName = /^(.+)~fork-\d+$/s

function Forks() {
  const asked = useAnswer<Rows<ActorRow>>(`/actors${queryOf({ q: '~fork-', limit: suggestions })}`)
  return (
    <Answered asked={asked} what="forks">
      {({ rows }) => {
        const forks = rows.flatMap(({ actor }) => {
          const of = forkName.exec(actor)?.[1]
          return of === undefined ? [] : [{ actor, of }]
        })
        if (forks.length === 0)
          return <p class="muted">There are none yet: the page of an actor has a button that forks it at the shown moment.</p>
        return (
          <ul class="stack">
            {forks.map(({ actor, of }) => (
              <li key={actor}>
                <a href={comparePath({ actor: of }, { actor })}>{actor}</a>
              </li>
            ))}
          </ul>
        )
      }}
    </Answered>
  )
}

interface Machine extends Version {
  readonly type: string
  readonly earlier: readonly Version[]
}

function ChooseVersions() {
  const asked = useAnswer<{ readonly rows: readonly Machine[] }>('/machines')
  return (
    <Answered asked={asked} what="the machines">
      {({ rows }) => {
        const several = rows.filter(({ earlier }) => earlier.length > 0)
        if (several.length === 0)
          return (
            <p class="muted">
              This build hosts one version of each of its {rows.length} machines: there is nothing to compare. docs/versions.md says how it
              hosts more.
            </p>
          )
        return (
          <ul class="stack">
            {several.map(({ type, version, earlier }) => (
              <li key={type}>
                <a href={versionsPath(type, earlier[0]?.version, version)}>
                  {type}: {earlier[0]?.version} → {version}
                </a>
              </li>
            ))}
          </ul>
        )
      }}
    </Answered>
  )
}
