// Troupe as `npm run bench` starts it: a nats-server, a worker process, a client in this process. But with the default number of partitions:
// nothing is tuned for the peers, so nothing is for Troupe. BENCH_PARTITIONS sets another number, and the report says which it was.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { findNats } from '../../../scripts/find-nats.mjs'
import { namespaceDefaults } from '../../../runtime/namespace.ts'
import { startFleet } from '../../fleet.ts'
import type { Start } from '../system.ts'

const partitions = Number(process.env['BENCH_PARTITIONS'] ?? namespaceDefaults.partitions)
const deadlineMs = 30_000

export const start: Start = async (setting) => {
  const fleet = await startFleet(setting === 'strict' ? 'strict' : 'fast', { partitions })
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
  const nats = execFileSync(await findNats(() => {}), ['--version'], { encoding: 'utf8' }).trim()
  const ask = async (target: string, event: { type: string; n?: number }) => Number(await fleet.client.ask(target, event, { deadlineMs }))
  return {
    versions: `troupe ${version}, ${nats.replace(': v', ' ')}, ${partitions} partitions`,
    add: (key) => ask(`bench/counter/${key}`, { type: 'add', n: 1 }),
    chain: (id) => ask(`bench/chain/${id}`, { type: 'run' }),
    totals: (keys) => Promise.all(keys.map((key) => ask(`bench/counter/${key}`, { type: 'add', n: 0 }))),
    stop: () => fleet.stop(),
  }
}
