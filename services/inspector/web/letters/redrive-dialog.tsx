// Redrive dialog
// Sends many letters again, no more than so many in a second, and shows how far it is. It stops when the reader says so, or leaves.
//
// R1. Each request sends a few seconds' worth by their ids: stopping takes that long at most, and what was sent is said.
import { useEffect, useRef, useState } from 'preact/hooks'
import { get, post, queryOf, type Problem } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Progress } from '../components/progress.tsx'
import { Failed } from '../components/states.tsx'
import type { Rows } from '../wire.ts'
import { afterBatch, beginOf, nextBatch, shareOf, type RedriveState } from './batches.ts'
import type { LetterGroup, LetterRow, Redriven } from './wire.ts'

const perSecondMax = 500
const maxDefault = 1_000
const pageRows = 200
const skippedShown = 5

export interface RedriveDialogProps {
  readonly groups: readonly LetterGroup[]
  onClose(): void
  onDone(): void
}

export function RedriveDialog({ groups, onClose, onDone }: RedriveDialogProps) {
  const open = groups.reduce((sum, group) => sum + group.open, 0)
  const [perSecond, setPerSecond] = useState('50')
  const [max, setMax] = useState(String(Math.min(open, maxDefault)))
  const [state, setState] = useState<RedriveState | undefined>()
  const [isRunning, setRunning] = useState(false)
  const [problem, setProblem] = useState<Problem | undefined>()
  const stop = useRef<AbortController | undefined>(undefined)
  useEffect(() => () => stop.current?.abort(), [])
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const ending = new AbortController()
    stop.current = ending
    setRunning(true)
    setProblem(undefined)
    const told = await redriveAll({ groups, perSecond: Number(perSecond), max: Number(max), stop: ending.signal, onState: setState })
    setRunning(false)
    if (told) setProblem(told)
    onDone()
  }
  return (
    <Dialog title={groups.length === 1 ? 'Redrive the group' : `Redrive ${groups.length} groups`} onClose={onClose}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <Explained open={open} />
        <div class="pair">
          <label>
            In a second at most
            <input
              class="field"
              type="number"
              required
              min="1"
              max={perSecondMax}
              value={perSecond}
              disabled={isRunning}
              onInput={(event) => setPerSecond(event.currentTarget.value)}
            />
          </label>
          <label>
            In all at most
            <input
              class="field"
              type="number"
              required
              min="1"
              value={max}
              disabled={isRunning}
              onInput={(event) => setMax(event.currentTarget.value)}
            />
          </label>
        </div>
        {state && <State state={state} isRunning={isRunning} />}
        {problem && <Failed problem={problem} />}
        <div class="buttons end">
          {isRunning && (
            <Button icon="stop" kind="danger" onClick={() => stop.current?.abort()}>
              Stop
            </Button>
          )}
          {!isRunning && state && <Button onClick={onClose}>Close</Button>}
          {!isRunning && !state && (
            <Button submit icon="again" kind="primary" disabled={open === 0}>
              Redrive
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  )
}

const Explained = ({ open }: { readonly open: number }) => (
  <p>
    {open} letters that were not sent again yet go to their actors once more, the oldest first. Each has a message id of its own: an actor
    takes it once, however often you do this.
  </p>
)

const State = ({ state, isRunning }: { readonly state: RedriveState; readonly isRunning: boolean }) => (
  <div role="status">
    <Progress label="Letters sent again" share={shareOf(state)} tone="good" />
    <p>
      {state.sent} of {state.of} sent{state.skipped.length > 0 && `, ${state.skipped.length} left out`}
      {isRunning ? '' : state.sent + state.skipped.length < state.of ? '; stopped' : '; done'}
    </p>
    {state.skipped.length > 0 && (
      <ul class="muted">
        {state.skipped.slice(0, skippedShown).map(({ id, why }) => (
          <li key={id}>
            {id}: {why}
          </li>
        ))}
      </ul>
    )}
  </div>
)

interface Redrive {
  readonly groups: readonly LetterGroup[]
  readonly perSecond: number
  readonly max: number
  readonly stop: AbortSignal
  onState(state: RedriveState): void
}

/** What went wrong, if anything. R1 */
async function redriveAll({ groups, perSecond, max, stop, onState }: Redrive): Promise<Problem | undefined> {
  const found: string[] = []
  for (const group of groups) {
    const ids = await openIds(group.id, stop)
    if (!Array.isArray(ids)) return ids
    found.push(...ids)
  }
  let [state, waiting] = [beginOf({ ids: found, perSecond, max }), found.slice(0, max) as readonly string[]]
  onState(state)
  while (waiting.length > 0 && !stop.aborted) {
    const [ids, behind] = nextBatch(waiting, perSecond)
    const answer = await post<Redriven>('/dead-letters/redrive', { ids, perSecond, max: ids.length })
    if (!answer.ok) return answer.problem
    state = afterBatch(state, answer.value)
    waiting = behind
    onState(state)
  }
  return undefined
}

/** The oldest first; as far as the pages go until it is stopped. */
async function openIds(group: string, stop: AbortSignal): Promise<string[] | Problem> {
  const ids: string[] = []
  let after: string | undefined
  while (!stop.aborted) {
    const page = await get<Rows<LetterRow>>(`/dead-letters${queryOf({ group, open: 'true', limit: pageRows, after })}`)
    if (!page.ok) return page.problem
    ids.push(...page.value.rows.map(({ id }) => id))
    after = page.value.next
    if (after === undefined) break
  }
  return ids.toReversed()
}
