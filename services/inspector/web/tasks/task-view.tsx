// Task view
// One task: who did what, where time and money went, what needs a person. A moment of it has an address.
//
// T1. What is shown is asked again when something of the task was committed, at most once in `reloadMs`; a chosen moment stays.
import { useEffect, useState } from 'preact/hooks'
import { actorPath, get, queryOf } from '../api.ts'
import { Button } from '../components/button.tsx'
import { Panel } from '../components/panel.tsx'
import { Answered, Failed, Loading } from '../components/states.tsx'
import { toast, toastProblem } from '../components/toasts.tsx'
import { useLive } from '../live.ts'
import { ExportButton, exportActions } from '../offline/export-button.tsx'
import { useActions, useCrumbs } from '../page.ts'
import { agentPath, pathOf, type Place } from '../place.ts'
import { go } from '../router.ts'
import { useAnswer, type Asked } from '../use-answer.ts'
import { useAtMostEvery, useNow } from '../use-rows.ts'
import type { HistoryPage, Rows } from '../wire.ts'
import { ApprovalCard, keyOf } from './approval-card.tsx'
import { CancelTask } from './cancel-task.tsx'
import { Gantt } from './gantt.tsx'
import { ganttOf } from './gantt-rows.ts'
import { RunLegend } from './run-legend.tsx'
import { Sequence } from './sequence.tsx'
import { TaskBadge } from './task-badge.tsx'
import { TaskSide } from './task-side.tsx'
import type { Approval, Run, WholeTask } from './wire.ts'

const reloadMs = 800
const runningMs = 5_000
const tickMs = 500
const promptMax = 220

export function TaskView({ place: { query }, id }: { readonly place: Place; readonly id: string }) {
  useCrumbs({ text: id })
  const scope = queryOf({ tenant: query['tenant'] })
  const path = `/tasks/${encodeURIComponent(id)}`
  const [isOpen, setOpen] = useState(true)
  const every = isOpen ? { everyMs: runningMs } : {}
  const task = useAnswer<WholeTask>(`${path}${scope}`, every)
  const run = useAnswer<Run>(`${path}/run${scope}`, every)
  const approvals = useAnswer<Rows<Approval>>(isOpen ? `/approvals${queryOf({ tenant: query['tenant'], task: id })}` : undefined, every)
  const comesSoon = useSoon(task)
  const open = task.value === undefined || task.value.finishedAt === undefined
  if (open !== isOpen) setOpen(open)
  const reload = useAtMostEvery(reloadMs, () => {
    task.reload()
    run.reload()
    approvals.reload()
  })
  useLive(`task/${id}${scope}`, reload) // T1
  const mine = approvals.value?.rows ?? []
  return (
    <div class="page">
      <Answered asked={comesSoon ? loading : task} what={`task ${id}`}>
        {(value) => (
          <>
            <Head task={value} waits={mine.length > 0} onDone={reload} />
            {value.reason !== undefined && (
              <p class={`notice ${value.status === 'failed' ? 'bad' : ''}`}>
                {value.code !== undefined && <code>{value.code}</code>} {value.reason}
              </p>
            )}
            <div class="with-side task-layout">
              {mine.length > 0 && (
                <div class="stack asks">
                  {mine.map((approval) => (
                    <ApprovalCard key={keyOf(approval)} approval={approval} onDone={reload} />
                  ))}
                </div>
              )}
              <div class="stack runs">{run.value ? <RunPanels run={run.value} id={id} query={query} /> : <RunMissing run={run} />}</div>
              <div class="stack">
                <TaskSide task={value} run={run.value} />
              </div>
            </div>
          </>
        )}
      </Answered>
    </div>
  )
}

const loading: Asked<WholeTask> = { loading: true, reload: () => {} }
const soonMs = 8_000
const againMs = 700

/** A task that was submitted a moment ago is in the history within a second: until then it is not missing. */
function useSoon(task: Asked<WholeTask>): boolean {
  const [since] = useState(Date.now)
  const isSoon = task.value === undefined && task.problem?.status === 404 && Date.now() - since < soonMs
  useEffect(() => {
    if (!isSoon) return undefined
    const timer = setTimeout(task.reload, againMs)
    return () => clearTimeout(timer)
  }, [task.problem])
  return isSoon
}

const RunMissing = ({ run }: { readonly run: ReturnType<typeof useAnswer<Run>> }) =>
  run.problem ? (
    <Panel title="Run across actors">
      <Failed problem={run.problem} onRetry={run.reload} />
    </Panel>
  ) : (
    <Loading what="its run" />
  )

interface HeadProps {
  readonly task: WholeTask
  /** An agent of it waits for a person. */
  readonly waits: boolean
  onDone(): void
}

function Head({ task, waits, onDone }: HeadProps) {
  const [isCancelling, setCancelling] = useState(false)
  const ended = task.finishedAt !== undefined
  const [isWhole, setWhole] = useState(false)
  const { id, prompt = '' } = task
  useActions([
    { id: 'open-actor', label: 'Open the task as an actor', icon: 'agents', run: () => go(agentPath(task.actor)) },
    ...exportActions({ kind: 'task', id }),
    { id: 'share', label: 'Copy a link to this moment', icon: 'link', run: () => void share() },
    ...(ended ? [] : [{ id: 'cancel', label: `Cancel task ${id}`, icon: 'stop' as const, acts: true, run: () => setCancelling(true) }]),
  ])
  return (
    <>
      <header class="page-head">
        <h1>{id}</h1>
        <TaskBadge status={waits && !ended ? 'waiting' : task.status} />
        {task.taskType !== undefined && <span class="muted">{task.taskType}</span>}
        {task.parent !== undefined && <a href={pathOf({ page: 'tasks', id: task.parent })}>step of {task.parent}</a>}
        <span class="space" />
        <a class="button" href={agentPath(task.actor)}>
          <span>Statechart</span>
        </a>
        <ExportButton wish={{ kind: 'task', id }} />
        <Button icon="link" onClick={() => void share()}>
          Share moment
        </Button>
        {!ended && (
          <Button kind="danger" icon="stop" acts onClick={() => setCancelling(true)}>
            Cancel task
          </Button>
        )}
      </header>
      {prompt !== '' && (
        <p class="page-lead">
          “{isWhole || prompt.length <= promptMax ? prompt : `${prompt.slice(0, promptMax)}…`}”{' '}
          {prompt.length > promptMax && (
            <Button kind="ghost" expanded={isWhole} onClick={() => setWhole(!isWhole)}>
              {isWhole ? 'less' : 'all of it'}
            </Button>
          )}
        </p>
      )}
      {isCancelling && <CancelTask id={id} onClose={() => setCancelling(false)} onDone={onDone} />}
    </>
  )
}

/** The address has the moment. */
async function share(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href)
    toast('Link copied', location.href)
  } catch {
    toastProblem('The link could not be copied', {
      code: 'clipboard',
      detail: `this browser does not allow it here; it is ${location.href}`,
    })
  }
}

function RunPanels({ run, id, query }: { readonly run: Run; readonly id: string; readonly query: Place['query'] }) {
  const lasts = run.spans.some(({ to }) => to === undefined)
  const now = useNow(lasts ? tickMs : undefined)
  const gantt = ganttOf(run, now)
  const after = query['at'] === undefined ? undefined : Number(query['at'])
  const moment = after === undefined || !Number.isFinite(after) ? undefined : Math.min(gantt.to, gantt.from + after)
  const onMoment = (at: number | undefined): void => {
    const { at: _, ...others } = query
    const isNone = at === undefined || at >= gantt.to
    go(pathOf({ page: 'tasks', id, query: isNone ? others : { ...others, at: String(at - gantt.from) } }), { replace: true })
  }
  return (
    <div class="stack">
      <Panel title="Run across actors" beside={<RunLegend />}>
        <div class="panel-body">
          {run.cut && <p class="notice">It is longer than is told at once: its later part is not here.</p>}
          <Gantt gantt={gantt} moment={moment} onMoment={onMoment} onOpen={(actor, at) => void openAt(actor, at)} />
        </div>
      </Panel>
      <Sequence messages={run.messages} from={gantt.from} moment={moment} onMoment={onMoment} />
    </div>
  )
}

const historyRows = 200

/** The turn that had been taken by then; an actor without one then is opened as it is now. */
async function openAt(actor: string, at: number): Promise<void> {
  let before: number | undefined
  for (;;) {
    const page = await get<HistoryPage>(`${actorPath(actor)}/history${queryOf({ limit: historyRows, before })}`)
    if (!page.ok) return toastProblem('Its history did not come', page.problem)
    const turn = page.value.rows.find((row) => row.at <= at)?.turn
    const oldest = page.value.rows.at(-1)?.turn
    if (turn !== undefined) return go(agentPath(actor, turn))
    if (oldest === undefined || oldest <= page.value.first) return go(agentPath(actor, oldest))
    before = oldest
  }
}
