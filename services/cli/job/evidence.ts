// Evidence
// What a job leaves behind, counted where it is kept: turns, messages and effects in the log, rows in Postgres, learning in the coordinator.
import { setTimeout as delay } from 'node:timers/promises'
import { coordinatorKey, coordinatorType } from '../../../machines/coordinator-messages.ts'
import { learnedOf, type CoordinatorStats, type Learned } from '../../../machines/coordinator-stats.ts'
import { openDatabase } from '../../history/database.ts'
import { openHistory } from '../../history/history.ts'
import { logLines, verifyJob, type JobCounts } from '../../projector/audit-log.ts'
import { readPlace } from '../../projector/places.ts'
import type { JobTask } from './events.ts'
import type { Link } from './link.ts'

export interface LogEvidence extends JobCounts {
  readonly records: number
}

/** Reads the log of this run: all records since the link was opened, and of the tasks those of this job. */
export async function readLogEvidence(link: Link, tasks: readonly JobTask[]): Promise<LogEvidence> {
  const ids = new Set(tasks.map(({ id }) => id))
  let records = 0
  async function* counted() {
    for await (const line of logLines(link.ports.log, link.ports.partitions, link.marks)) {
      records++
      yield line
    }
  }
  const counts = await verifyJob(counted(), (taskId) => ids.has(taskId))
  return { ...counts, records }
}

export interface Rows {
  readonly counts: Readonly<Record<string, number>>
  /** Whether the projector had written all of the log; else it is still behind. */
  readonly caughtUp: boolean
  readonly waitedMs: number
}

const caughtUpMsMax = 15_000
const lookEveryMs = 50

/** Waits, not for ever, until the projector has caught up with the log as it is now, and counts the rows. */
export async function readRows(link: Link, databaseUrl: string, stop: AbortSignal): Promise<Rows> {
  const startedAt = performance.now()
  const orm = await openDatabase(databaseUrl, { signal: stop, readyMs: caughtUpMsMax })
  try {
    const { log, partitions, namespace } = link.ports
    const numbers = Array.from({ length: partitions }, (_, partition) => partition)
    const last = await Promise.all(numbers.map(async (partition) => (await log.last(partition))?.seq ?? 0))
    const isBehind = async (): Promise<boolean> => {
      const places = await Promise.all(numbers.map((partition) => readPlace(orm, namespace, partition)))
      return places.some(({ seq }, partition) => seq < (last[partition] ?? 0))
    }
    let behind = await isBehind()
    while (behind && performance.now() - startedAt < caughtUpMsMax && !stop.aborted) {
      await delay(lookEveryMs)
      behind = await isBehind()
    }
    return { counts: await openHistory(orm).counts(), caughtUp: !behind, waitedMs: performance.now() - startedAt }
  } finally {
    await orm.close()
  }
}

const statsMs = 5_000

/** What the coordinator has learned so far. */
export async function readLearning({ client, tenant }: Link): Promise<readonly Learned[]> {
  const { model } = await client.ask<CoordinatorStats>(
    { tenant, type: coordinatorType, key: coordinatorKey },
    { type: 'coordinator.stats' },
    { deadlineMs: statsMs },
  )
  return learnedOf(model)
}
