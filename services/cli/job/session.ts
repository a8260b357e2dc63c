// Session
// One job from a fleet that is up to its report: memory, tasks, evidence. Shared by `troupe dev`, which owns the fleet, and `troupe run`, which found it.
import { setTimeout as delay } from 'node:timers/promises'
import { Interrupted } from '../errors.ts'
import { FleetMissing, NothingToDo } from './errors.ts'
import type { JobTask, TaskResult } from './events.ts'
import { collectionOf, ingestFolder } from './ingest.ts'
import { performJob, type Strike } from './job.ts'
import type { Link } from './link.ts'
import { planTasks } from './plan.ts'
import { reportLines, summaryOf, type Summary } from './report.ts'
import { secondsText } from './text.ts'
import type { JobTerminal } from './terminal.ts'

export interface SessionParts {
  readonly link: Link
  readonly folder: PreparedFolder
  readonly embeddingModel: string
  readonly terminal: JobTerminal
  /** The workers that the job waits for before it begins. */
  readonly workersWanted: number
  readonly strike: Strike | undefined
  /** Where the history is; undefined when it is not known. */
  readonly databaseUrl: () => Promise<string | undefined>
  readonly stop: AbortSignal
}

export interface PreparedFolder {
  readonly root: string
  readonly tasks: readonly JobTask[]
}

/** Reads the folder and plans its tasks. Throws `FolderUnreadable`, `NothingToDo`. */
export async function prepareFolder(root: string, tasksMax: number, signal: AbortSignal): Promise<PreparedFolder> {
  const { readFolder } = await import('../../memory/ingest.ts')
  const { files } = await readFolder(root, { signal })
  const runId = Date.now().toString(36)
  const tasks = planTasks(files, tasksMax).map((task, index) => ({
    ...task,
    number: index + 1,
    id: `${runId}-${String(index + 1).padStart(2, '0')}`,
  }))
  if (tasks.length > 0) return { root, tasks }
  throw new NothingToDo(`The folder ${root} holds no text, table or source file to work on: name another folder.`)
}

/** Throws what stands in the way of the whole job; single tasks that fail are in the summary. */
export async function runSession(parts: SessionParts): Promise<Summary> {
  const { link, folder, terminal, strike, stop } = parts
  const { root, tasks } = folder
  terminal.tell({ kind: 'planned', tasks })
  const roster = await link.ports.membership.watch((members) =>
    terminal.tell({ kind: 'workers', workers: members.map(({ id, pid, owned }) => ({ id, pid, owned })), at: Date.now() }),
  )
  try {
    await awaitFleet(parts)
    const collection = collectionOf(root, parts.embeddingModel)
    const startedAt = Date.now()
    const held = await ingestFolder(link, root, collection, stop)
    terminal.note(
      `Memory: ${held.files} files of ${root} in collection ${collection}, ${held.chunks} pieces embedded, ${secondsText(Date.now() - startedAt)}`,
    )
    terminal.note(`Job: ${tasks.length} tasks (${typesText(tasks)})`)
    const workers = terminal.board.workers.length
    terminal.open()
    const outcome = await performJob({
      link,
      tasks,
      root,
      collection,
      tell: terminal.tell,
      rows: () => [...terminal.board.rows.values()],
      workers: () => terminal.board.workers,
      strike,
      stop,
    })
    terminal.close()
    if (outcome.stopped) throw new Interrupted(`Stopped while ${unfinished(outcome.results)} of ${tasks.length} tasks were not done.`)
    const since = (at: number): number => at - terminal.board.startedAt
    const report = {
      results: outcome.results,
      killed: outcome.killed,
      workers,
      firstAnswerMs: outcome.firstAnswerAt === undefined ? undefined : since(outcome.firstAnswerAt),
      wholeMs: since(outcome.endedAt),
      jobMs: outcome.endedAt - outcome.startedAt,
      ...(await gather(parts)),
    }
    terminal.lines(reportLines(report, terminal.paint))
    return summaryOf(report)
  } finally {
    terminal.close()
    await roster.stop()
  }
}

async function gather({ link, folder, databaseUrl, stop }: SessionParts) {
  const { readLearning, readLogEvidence, readRows } = await import('./evidence.ts') // the database's client is not needed before
  const url = await databaseUrl()
  const [log, learning, rows] = await Promise.all([
    readLogEvidence(link, folder.tasks),
    readLearning(link),
    url === undefined ? undefined : readRows(link, url, stop),
  ])
  return { log, learning, rows }
}

const unfinished = (results: readonly TaskResult[]): number => results.filter(({ end }) => end === 'unanswered').length

const fleetMsMax = 20_000
const fleetPollMs = 20

/** Until every partition is owned, and each worker wanted owns some: a job that starts earlier would see them handed over. */
async function awaitFleet({ link, terminal, workersWanted, stop }: SessionParts): Promise<void> {
  const giveUpAt = Date.now() + fleetMsMax
  const { partitions, namespace } = link.ports
  for (;;) {
    const owners = terminal.board.workers.filter(({ owned }) => owned.length > 0)
    const owned = new Set(owners.flatMap((worker) => worker.owned)).size
    if (owned === partitions && owners.length >= Math.min(workersWanted, partitions)) return
    if (stop.aborted || (Date.now() > giveUpAt && owned === partitions)) return
    if (Date.now() > giveUpAt)
      throw new FleetMissing(
        `Workers own ${owned} of the ${partitions} partitions of namespace ${namespace}: start workers with \`npm start\`, then try again.`,
      )
    await delay(fleetPollMs)
  }
}

function typesText(tasks: readonly JobTask[]): string {
  const counts = Map.groupBy(tasks, ({ taskType }) => taskType)
  return [...counts].map(([type, list]) => `${list.length} ${type}`).join(', ')
}
