// Read task pages
// Tasks as people look for them, the newest first, page by page.
//
// N1. Words that many tasks hold are looked for among the newest, words that few hold in the index of words: Postgres cannot tell which are which.
import type { MikroORM } from '@mikro-orm/postgresql'
import { Task } from './entities/task.ts'
import { equal, readPage, type Page, type PageSpec, type Part } from './key-page.ts'
import type { TaskRow, TaskStatus } from './read-tasks.ts'

export interface TaskQuery {
  /** Undefined: of every tenant. */
  readonly tenant: string | undefined
  readonly status?: TaskStatus | undefined
  readonly type?: string | undefined
  /** The id of the task that they are steps of. */
  readonly parent?: string | undefined
  /** Words, or the beginnings of words, in the id or the prompt: all of them. */
  readonly text?: string | undefined
  /** The `next` of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** A task without what only a look at one task needs. */
export interface ListedTask {
  readonly id: string
  readonly actor: string
  readonly tenant: string
  readonly status: TaskStatus
  readonly taskType: string | null
  /** Its beginning. */
  readonly prompt: string | null
  readonly file: string | null
  readonly parent: string | null
  readonly priority: number | null
  readonly team: string | null
  readonly agent: string | null
  readonly agentActor: string | null
  readonly model: string | null
  readonly submittedAt: Date | undefined
  readonly assignedAt: Date | undefined
  readonly finishedAt: Date | undefined
  readonly durationMs: number | null
  readonly costUsd: number | null
  readonly escalated: string | null
  readonly escalatedAt: Date | undefined
  readonly reason: string | null
  readonly code: string | null
}

const promptShown = 300

const columns = `id, actor, tenant, status, task_type as "taskType",
  case when length(prompt) > ${promptShown} then left(prompt, ${promptShown}) || '…' else prompt end as prompt,
  file, parent, priority, team, agent, agent_actor as "agentActor", model, submitted_at as "submittedAt", assigned_at as "assignedAt",
  finished_at as "finishedAt", duration_ms as "durationMs", cost_usd as "costUsd", escalated, escalated_at as "escalatedAt", reason, code`

const instants = ['submittedAt', 'assignedAt', 'finishedAt', 'escalatedAt'] as const
type Found = Omit<ListedTask, (typeof instants)[number]> & Readonly<Record<(typeof instants)[number], string | null>>

/** A task that the log's beginning was lost of was submitted nobody knows when: it stands last. */
const submitted = `coalesce("submitted_at", to_timestamp(0))`
/** Among so many of the newest words are looked for first. */
const newestLooked = 2_000

/** Throws `CursorInvalid`. */
export async function readTasks(orm: MikroORM, query: TaskQuery): Promise<Page<ListedTask>> {
  const em = orm.em.fork()
  const words = holding(query.text)
  const spec = specOf(query)
  const quick = words && (await readPage(em, { ...spec, among: { newest: newestLooked, where: words } })) // N1
  const { rows, next } = quick?.next !== undefined ? quick : await readPage(em, { ...spec, where: [...spec.where, words] })
  return { rows: rows.map(taskOf), next }
}

const specOf = ({ tenant, status, type, parent, after, limit }: TaskQuery): PageSpec<Found> => ({
  columns,
  from: 'tasks',
  where: [equal('"tenant"', tenant), equal('"status"', status), equal('"task_type"', type), equal('"parent"', parent)],
  order: [submitted, '"actor"'],
  direction: 'desc',
  by: 'submitted',
  place: (row) => [new Date(row.submittedAt ?? 0), row.actor],
  kinds: ['date', 'text'],
  after,
  limit,
})

const dateOf = (text: string | null): Date | undefined => (text === null ? undefined : new Date(text))

const taskOf = (row: Found): ListedTask => ({
  ...row,
  submittedAt: dateOf(row.submittedAt),
  assignedAt: dateOf(row.assignedAt),
  finishedAt: dateOf(row.finishedAt),
  escalatedAt: dateOf(row.escalatedAt),
})

const wordsMax = 8

/** What is no letter and no digit parts words. */
function holding(text: string | undefined): Part | undefined {
  if (text === undefined) return undefined
  const words = text.match(/[\p{L}\p{N}_]+/gu)?.slice(0, wordsMax) ?? []
  if (words.length === 0) return { sql: 'false', values: [] }
  return { sql: `"words" @@ to_tsquery('simple', ?)`, values: [words.map((word) => `'${word}':*`).join(' & ')] }
}

/** Those of this id, two at most: more than one makes the id alone say too little. */
export async function tasksNamed(orm: MikroORM, id: string, tenant: string | undefined): Promise<readonly TaskRow[]> {
  return orm.em.fork().find(Task, { id, ...(tenant !== undefined && { tenant }) }, { limit: 2 })
}
