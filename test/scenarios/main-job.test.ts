// The product as its user starts it: `troupe dev --once --json` on a small folder, three times on one data folder, the worker killed early, in the
// middle and late. What the summary says is compared with the rows in a Postgres of the test's own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Summary } from '../../services/cli/job/report.ts'
import { openDatabase } from '../../services/history/database.ts'
import { startPostgres } from '../../services/stack/postgres.ts'
import type { Server } from '../../services/stack/server.ts'
import { main, smallFolder } from './main-job-folder.ts'

let root: string
let postgres: Server
let tasksBefore = 0

beforeAll(async () => {
  root = smallFolder()
  postgres = await startPostgres({ dataDir: path.join(root, 'history'), log: () => {} })
})

afterAll(async () => {
  await postgres.close()
  fs.rmSync(root, { recursive: true, force: true })
})

test.for([0, 0.4, 0.75])(
  'a job whose worker is killed after %f of its tasks loses none and does nothing twice',
  { timeout: 60_000 },
  async (killAt) => {
    const { code, summary, errors } = await dev('--kill-at', String(killAt))
    expect(errors).toMatch(/worker w\d \(pid \d+\) was killed with SIGKILL at task \d+ of \d+: tasks lost 0, effects applied twice 0/)
    expect(code).toBe(0)
    expect(summary).toMatchObject({
      tasks: summary.completed,
      failed: 0,
      lost: 0,
      effectsTwice: 0,
      taskTypes: ['question', 'review', 'summary', 'table'],
      workers: 2,
      workersKilled: 1,
      model: 'offline model offline-extractive',
    })
    expect(summary.tasks).toBeGreaterThanOrEqual(8)

    const rows = await statuses()
    expect(rows).toEqual([{ status: 'completed', actors: tasksBefore + summary.tasks, tasks: tasksBefore + summary.tasks }])
    tasksBefore += summary.tasks
  },
)

/** Tasks by status: as many actors as task ids means one row, and one end, for each. */
async function statuses(): Promise<readonly { status: string; actors: number; tasks: number }[]> {
  const orm = await openDatabase(postgres.url)
  try {
    return await orm.em
      .fork()
      .execute(`select status, count(*)::int as actors, count(distinct id)::int as tasks from tasks group by status order by status`)
  } finally {
    await orm.close()
  }
}

async function dev(...options: readonly string[]): Promise<{ code: number; summary: Summary; errors: string }> {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NATS_URL|QDRANT_|OPENAI_|TROUPE_)/.test(name)))
  const args = [main, 'dev', path.join(root, 'folder'), '--once', '--json', '--data', path.join(root, 'data'), ...options]
  const child = spawn(process.execPath, args, {
    env: { ...environment, DATABASE_URL: postgres.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  const last = output.trim().split('\n').at(-1) ?? ''
  if (!last.startsWith('{')) throw new Error(`no summary; exit code ${code}, standard error:\n${errors}`)
  return { code, summary: JSON.parse(last) as Summary, errors }
}
