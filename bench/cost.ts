// What a load costs: processor time of the workers, the servers and this process, which is the client; and how much it gathered to save it.
import { readFile } from 'node:fs/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { streams } from '../machines/subject.ts'
import type { BenchFleet } from './fleet.ts'

/** Microseconds of processor time, all processes of a kind together. */
export interface Cost {
  readonly workersUs: number
  readonly clientUs: number
  /** Not a number where there is no /proc to read it from. */
  readonly serversUs: number
}

export interface Counts {
  readonly turns: number
  /** Messages stored in the mailbox: frames of clients, channels between partitions. */
  readonly frames: number
  /** Records stored in the log: groups of turns. */
  readonly records: number
}

export interface Measured<Result> extends Counts {
  readonly result: Result
  readonly cost: Cost
}

export async function costOf<Result>(fleet: BenchFleet, load: () => Promise<Result>): Promise<Measured<Result>> {
  const before = await read(fleet)
  const result = await load()
  const after = await read(fleet)
  const grown = (name: keyof typeof before): number => after[name] - before[name]
  return {
    result,
    turns: grown('turns'),
    frames: grown('frames'),
    records: grown('records'),
    cost: { workersUs: grown('workersUs'), clientUs: grown('clientUs'), serversUs: grown('serversUs') },
  }
}

/** The same for one of so many turns or messages. */
export function each({ workersUs, clientUs, serversUs }: Cost, count: number): Cost {
  const share = (us: number): number => Math.round((us / count) * 10) / 10
  return { workersUs: share(workersUs), clientUs: share(clientUs), serversUs: share(serversUs) }
}

async function read({ workers, serverPids, connection, namespace }: BenchFleet): Promise<Counts & Cost> {
  const { user, system } = process.cpuUsage()
  const jsm = await jetstreamManager(connection)
  const [frames, records] = await Promise.all([jsm.streams.info(streams(namespace).mailbox), jsm.streams.info(streams(namespace).log)])
  const figures = await Promise.all(workers.map((worker) => worker.figures()))
  const servers = await Promise.all(serverPids.map(processorUs))
  return {
    turns: figures.reduce((sum, { turns }) => sum + turns, 0),
    frames: frames.state.last_seq,
    records: records.state.last_seq,
    workersUs: figures.reduce((sum, { cpuUs }) => sum + cpuUs, 0),
    clientUs: user + system,
    serversUs: servers.reduce((sum, us) => sum + us, 0),
  }
}

/** Linux counts in hundredths of a second, whatever the kernel's own tick is. */
const tickUs = 10_000
/** Fields of /proc/<pid>/stat after the name in parentheses, which may hold spaces. */
const [userField, systemField] = [11, 12]

/** Processor time of another process since its start; not a number where that cannot be read. */
async function processorUs(pid: number): Promise<number> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[userField]) + Number(fields[systemField])) * tickUs
  } catch {
    return Number.NaN
  }
}
