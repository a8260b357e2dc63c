// Fleet
// Workers on an in-memory server with a simulated clock, and a client that speaks the plain subject contract: what kernel tests are told in.
import { parseActorId, partitionOf, type ActorId } from '../../machines/address.ts'
import type { ActorEvent, Reply } from '../../machines/message.ts'
import { subjects } from '../../machines/subject.ts'
import type { ActorDefinition } from '../../runtime/define-actor.ts'
import { inMemoryServer, type InMemoryServer } from '../../runtime/in-memory/server.ts'
import { seededRandom, simulatedClock, type SimulatedClock } from '../../runtime/in-memory/simulated-clock.ts'
import type { WorkerOptions } from '../../runtime/options.ts'
import type { Entry, LogRecord } from '../../runtime/record.ts'
import { startWorker, type Worker } from '../../runtime/worker.ts'

export interface FleetSpec {
  readonly definitions: readonly ActorDefinition[]
  readonly workers?: number
  readonly partitions?: number
  readonly options?: Partial<WorkerOptions>
  readonly seed?: number
  /** Go on with the world of an earlier fleet. */
  readonly world?: { readonly clock: SimulatedClock; readonly server: InMemoryServer }
}

export async function startFleet({ definitions, workers = 1, partitions = 4, options = {}, seed = 1, world }: FleetSpec) {
  const clock = world?.clock ?? simulatedClock()
  const server = world?.server ?? inMemoryServer({ partitions, clock, random: seededRandom(seed) })
  const ports = server.ports()
  const live: Worker[] = []
  let asks = 0
  let workersStarted = 0

  const addWorker = async (): Promise<Worker> => {
    const id = `w${++workersStarted}`
    const starting = startWorker({ ports: server.ports({ random: seededRandom(seed * 100 + workersStarted) }), definitions, options, id })
    let worker: Worker | undefined
    void starting.then((started) => (worker = started))
    await clock.advanceUntil(() => worker !== undefined, 60_000)
    live.push(await starting)
    return starting
  }
  for (let count = 0; count < workers; count++) await addWorker()
  const owned = () => live.flatMap((worker) => worker.owned).length
  await clock.advanceUntil(() => owned() === partitions, 60_000)

  const addressOf = (actor: string) => {
    const address = parseActorId(actor)
    if (!address) throw new Error(`${actor} is not an address`)
    return address
  }
  const replyWith = (inbox: string, publish: () => void): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const reader = ports.signals.subscribe(inbox, (signal) => {
        const [reply] = JSON.parse(new TextDecoder().decode(signal.bytes)) as Reply[]
        void reader.stop()
        if (reply) resolve(reply)
        else reject(new Error('an empty list of replies'))
      })
      publish()
    })

  /** Advances the clock until the promise settles. */
  async function until<T>(promise: Promise<T>, ms = 60_000): Promise<T> {
    let settled = false
    promise.then(
      () => (settled = true),
      () => (settled = true),
    )
    await clock.advance(0)
    if (!settled) await clock.advanceUntil(() => settled, ms)
    return promise
  }

  return {
    clock,
    server,
    ports,
    workers: live,
    addWorker,
    owned,
    until,
    send: (actor: string, event: ActorEvent, headers: Record<string, string> = {}) => server.send(addressOf(actor), event, headers),
    ask: (actor: string, event: ActorEvent, headers: Record<string, string> = {}): Promise<Reply> => {
      const inbox = `_INBOX.test.${++asks}`
      return until(
        replyWith(inbox, () => server.send(addressOf(actor), event, { 'Troupe-Reply': inbox, 'Nats-Msg-Id': `ask-${asks}`, ...headers })),
      )
    },
    async query(actor: string): Promise<{
      ok: boolean
      state?: { value: unknown; context: Record<string, unknown>; status: string; turn: number }
      error?: { code: string }
    }> {
      const partition = partitionOfActor(actor, partitions)
      const bytes = await until(
        server.request(subjects(server.namespace).query(partition, addressOf(actor).tenant), Buffer.from(JSON.stringify({ actor })), 1_000),
      )
      return JSON.parse(new TextDecoder().decode(bytes ?? Buffer.from('{"ok":false}'))) as never
    },
    async log(): Promise<LogRecord[]> {
      const records: LogRecord[] = []
      for (let partition = 0; partition < partitions; partition++)
        for await (const stamped of ports.log.read(partition, 1, Number.MAX_SAFE_INTEGER))
          records.push(JSON.parse(new TextDecoder().decode(stamped.bytes)) as LogRecord)
      return records
    },
    async entries(actor?: string): Promise<Entry[]> {
      const records = await this.log()
      return records
        .flatMap((record) => (record.kind === 'turns' ? record.entries : []))
        .filter((entry) => actor === undefined || entry.actor === actor)
    },
    /** A worker vanishes without a word; the others find out by its silence. */
    async crash(worker: Worker): Promise<void> {
      live.splice(live.indexOf(worker), 1)
      await until(worker.abandon())
    },
    async stop(): Promise<void> {
      for (const worker of live) await until(worker.drain())
    },
  }
}

export const actor = (id: string): ActorId => id as ActorId

function partitionOfActor(id: string, partitions: number): number {
  const address = parseActorId(id)
  if (!address) throw new Error(`${id} is not an address`)
  return partitionOf(address, partitions)
}
