// DBOS: Postgres, workflows started in this process, as its guide does; the counter is one step, the chain is five.
// The counter's step adds and is recorded after it, so a crash between the two would add twice. A data source would commit both at once,
// but the published ones for plain Postgres and Drizzle call what this version of DBOS no longer has.
import { DBOS } from '@dbos-inc/dbos-sdk'
import type { Pool } from 'pg'
import { addOne, connectionsMax, counterTable, installed, startDatabase } from '../servers.ts'
import type { Start } from '../system.ts'

export const start: Start = async (setting, folder) => {
  const database = await startDatabase(folder, setting)
  try {
    const totals = await counterTable(database.pool)
    const { add, chain } = workflows(database.pool)
    DBOS.setConfig({ name: 'bench', systemDatabaseUrl: database.url, systemDatabasePoolSize: connectionsMax, logLevel: 'error' })
    await DBOS.launch()
    return {
      versions: `${installed('@dbos-inc/dbos-sdk')}, ${database.version}`,
      add: (key) => add(key), // a workflow function takes no `this`
      chain: () => chain(0),
      totals,
      stop: async () => {
        await DBOS.shutdown()
        await database.stop()
      },
    }
  } catch (error) {
    await database.stop()
    throw error
  }
}

function workflows(pool: Pool) {
  const add = DBOS.registerWorkflow((key: string) => DBOS.runStep(() => addOne(pool, key), { name: 'add' }), { name: 'add' })
  const chain = DBOS.registerWorkflow(
    async (from: number) => {
      let sum = from
      for (const name of ['one', 'two', 'three', 'four', 'five']) {
        const input = sum
        sum = await DBOS.runStep(() => Promise.resolve(input + 1), { name })
      }
      return sum
    },
    { name: 'chain' },
  )
  return { add, chain }
}
