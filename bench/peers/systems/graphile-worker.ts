// graphile-worker: Postgres, a pool of workers in this process, as its library mode does, with the batching of its performance page.
// A job adds one to a row, or is one step of a chain and adds the job of the next. Its asker is answered once that is committed.
import { EventEmitter } from 'node:events'
import { Logger, run, type Runner, type TaskList } from 'graphile-worker'
import type { Pool } from 'pg'
import { addOne, counterTable, installed, startDatabase } from '../servers.ts'
import type { Start } from '../system.ts'

const settings = { concurrentJobs: 32, localQueue: { size: 64 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
const steps = 5

export const start: Start = async (setting, folder) => {
  const database = await startDatabase(folder, setting)
  try {
    const { pool } = database
    const totals = await counterTable(pool)
    await pool.query('CREATE TABLE chain (id text PRIMARY KEY, sum int NOT NULL)')
    const { tasks, asked } = work(pool)
    const runner = await startRunner(pool, tasks)
    return {
      versions: `${installed('graphile-worker')}, ${installed('pg')}, ${database.version}`,
      add: (key) => asked((id) => runner.addJob('add', { id, key }, { maxAttempts: 1 })),
      chain: () => asked((id) => runner.addJob('step', { id, step: 1, sum: 0 }, { maxAttempts: 1 })),
      totals,
      stop: async () => {
        await runner.stop()
        await database.stop()
      },
    }
  } catch (error) {
    await database.stop()
    throw error
  }
}

function startRunner(pgPool: Pool, taskList: TaskList): Promise<Runner> {
  const logger = new Logger(() => (level, message) => void (level === 'error' && process.stderr.write(`${message}\n`)))
  return run({ pgPool, taskList, logger, events: new EventEmitter(), noHandleSignals: true, preset: { worker: settings } })
}

interface Add {
  readonly id: string
  readonly key: string
}
interface Step {
  readonly id: string
  readonly step: number
  readonly sum: number
}

function work(pool: Pool) {
  const waiting = new Map<string, PromiseWithResolvers<number>>()
  const answer = (id: string, value: number) => {
    waiting.get(id)?.resolve(value)
    waiting.delete(id)
  }
  const tasks: TaskList = {
    add: async (payload) => {
      const { id, key } = payload as Add
      answer(id, await addOne(pool, key))
    },
    step: async (payload, { query, addJob }) => {
      const { id, step, sum } = payload as Step
      const result = await Promise.resolve(sum + 1)
      if (step < steps) await addJob('step', { id, step: step + 1, sum: result }, { maxAttempts: 1 })
      else {
        await query('INSERT INTO chain VALUES ($1, $2)', [id, result])
        answer(id, result)
      }
    },
  }
  let jobs = 0
  const asked = async (add: (id: string) => Promise<unknown>): Promise<number> => {
    const id = `job-${++jobs}`
    const waits = Promise.withResolvers<number>()
    waiting.set(id, waits)
    const [value] = await Promise.all([waits.promise, add(id)])
    return value
  }
  return { tasks, asked }
}
