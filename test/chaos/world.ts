// World
// All that one run of a scenario consists of: servers, workers, clients, and the history into which every call is written before it is made.
//
// W1. A call is in the history before it leaves, its outcome as soon as it is known: an outcome that is missing is unknown.
// W2. What a world started has ended when `close` returns, in whatever state it was.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { NatsConnection } from 'nats'
import { connectTroupe, type TroupeClient } from '../../client/index.ts'
import { parseActorId, partitionOf, type ActorId } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import type { NamespaceOptions } from '../../runtime/namespace.ts'
import { connectNats, createNamespace, natsPorts } from '../../runtime/nats/index.ts'
import type { WorkerOptions } from '../../runtime/options.ts'
import type { Ports } from '../../runtime/ports.ts'
import type { LogRecord } from '../../runtime/record.ts'
import { startNatsNodes, type NatsNode } from '../../services/stack/nats-nodes.ts'
import { pendingOf } from './check.ts'
import { openFleet, type Fleet } from './fleet.ts'
import { decodeHistory, HistoryWriter, type OutcomeLine } from './history.ts'
import { startProxy, type Proxy } from './proxy.ts'

export interface WorldPlan {
  readonly nodes?: 1 | 3
  readonly workers?: number
  /** The first worker reaches its server through a proxy. */
  readonly proxied?: boolean
  readonly options?: Partial<WorkerOptions>
  readonly namespace?: Partial<NamespaceOptions>
  readonly nodeFlags?: readonly string[]
}

/** One message from one sender. */
export interface Call {
  readonly to: ActorId
  readonly event: ActorEvent
  readonly asks?: boolean
  readonly deadlineMs?: number
  /** The code of the dead letter that it should become. */
  readonly dead?: string
}

export interface Caller {
  readonly name: string
  readonly client: TroupeClient
  calls: number
}

export const namespace = 'chaos'
export const tenant = 'main'
const partitions = 8
const askDeadlineMs = 20_000
/** Short, so that actors leave the memory and come back while a run lasts. */
const defaultOptions: Partial<WorkerOptions> = { idleMs: 1_000, flushEveryMs: 300, trimEveryMs: 1_000 }

/** Starts everything; `store` is where a single server keeps its files. */
export async function openWorld(plan: WorldPlan, store?: string): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-chaos-'))
  const ends = new AsyncDisposableStack()
  try {
    const history = new HistoryWriter(join(folder, 'history.jsonl'))
    ends.defer(() => history.close())
    const nodes = plan.nodes ?? 1
    const servers = await startNatsNodes({ nodes, folder, ...(store !== undefined && { store }) })
    ends.defer(async () => void (await Promise.all(servers.map((server) => server.close()))))
    const urls = servers.map(({ url }) => url)
    const connection = await connectNats({ servers: urls, name: 'chaos observer' })
    ends.defer(() => connection.close())
    await createNamespace(connection, { namespace, partitions, replicas: nodes, ...plan.namespace })
    const ports = await natsPorts(connection, namespace)
    const proxy = plan.proxied === true ? await startProxy(() => urls[0] ?? '') : undefined
    if (proxy) ends.defer(() => proxy.close())
    const options = { ...defaultOptions, ...plan.options }
    const fleet = openFleet({ folder, namespace, servers: urls, options, nodeFlags: plan.nodeFlags ?? [] })
    ends.defer(() => fleet.stop())
    const world = new World({ folder, history, servers, connection, ports, proxy, fleet, ends })
    for (let worker = 0; worker < (plan.workers ?? 2); worker++) await fleet.add(proxy && worker === 0 ? { servers: [proxy.url] } : {})
    await world.until('every partition has an owner', async () => (await world.owners()).every((owner) => owner !== undefined))
    return world
  } catch (error) {
    await ends.disposeAsync()
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

interface Parts {
  readonly folder: string
  readonly history: HistoryWriter
  readonly servers: readonly NatsNode[]
  readonly connection: NatsConnection
  readonly ports: Ports
  readonly proxy: Proxy | undefined
  readonly fleet: Fleet
  readonly ends: AsyncDisposableStack
}

export class World {
  readonly folder: string
  readonly history: HistoryWriter
  readonly servers: readonly NatsNode[]
  readonly connection: NatsConnection
  readonly ports: Ports
  readonly fleet: Fleet
  readonly #proxy: Proxy | undefined
  readonly #ends: AsyncDisposableStack
  readonly #actors = new Set<ActorId>()
  /** How far each partition of the log, and each file of executions, has been written down. */
  readonly #read = new Map<number, number>()
  readonly #readCharacters = new Map<string, number>()
  readonly #open = new Set<Promise<unknown>>()

  constructor({ folder, history, servers, connection, ports, proxy, fleet, ends }: Parts) {
    this.folder = folder
    this.history = history
    this.servers = servers
    this.connection = connection
    this.ports = ports
    this.fleet = fleet
    this.#proxy = proxy
    this.#ends = ends
  }

  get proxy(): Proxy {
    if (!this.#proxy) throw new Error('this scenario has no proxy')
    return this.#proxy
  }

  get server(): NatsNode {
    const [server] = this.servers
    if (!server) throw new Error('this world has no server')
    return server
  }

  /** Ends with the world, unless ended before. */
  defer(end: () => Promise<void>): void {
    this.#ends.defer(end)
  }

  async caller(name: string, as = tenant): Promise<Caller> {
    const servers = this.servers.map(({ url }) => url)
    const client = await connectTroupe({ servers, namespace, tenant: as, name, limits: { closeMs: 1_000 } })
    this.#ends.defer(() => client.close())
    return { name, client, calls: 0 }
  }

  /** Makes a call and writes down how it ended (W1). Never rejects. */
  call(caller: Caller, call: Call): Promise<OutcomeLine> {
    const { to, asks = false, dead } = call
    const order = caller.calls++
    const id = `${caller.name}-${order}`
    const event = { ...call.event, op: id }
    this.#actors.add(to)
    this.history.write({
      kind: 'send',
      id,
      sender: caller.name,
      order,
      to,
      event,
      asks,
      ...(dead !== undefined && { dead }),
      at: Date.now(),
    })
    const ended = this.#end(
      id,
      asks ? caller.client.ask(to, event, { deadlineMs: call.deadlineMs ?? askDeadlineMs }) : caller.client.send(to, event),
    )
    this.#open.add(ended)
    void ended.finally(() => this.#open.delete(ended))
    return ended
  }

  async #end(id: string, result: Promise<unknown>): Promise<OutcomeLine> {
    const line = await result.then(
      (value): OutcomeLine => ({ kind: 'outcome', id, outcome: 'acknowledged', value, at: Date.now() }),
      (error: unknown): OutcomeLine => {
        const code = codeOf(error)
        const why = error instanceof Error ? error.message : String(error)
        return { kind: 'outcome', id, outcome: unknownCodes.has(code) ? 'unknown' : 'refused', code, why, at: Date.now() }
      },
    )
    this.history.write(line)
    return line
  }

  /** Says in the history what is done to the system. */
  fault(what: string): void {
    this.history.write({ kind: 'fault', what, at: Date.now() })
  }

  /** A promise of the scenario's own: what is not kept is a violation like any other. */
  expect(kept: boolean, otherwise: string): void {
    if (!kept) this.history.write({ kind: 'violation', what: otherwise, at: Date.now() })
  }

  /** Who owns each partition, by the log; undefined: nobody, or somebody who is known to be dead. */
  async owners(): Promise<readonly (string | undefined)[]> {
    const alive = new Set(this.fleet.alive.map(({ id }) => id))
    const numbers = Array.from({ length: this.ports.partitions }, (_, partition) => partition)
    const last = await Promise.all(numbers.map((partition) => this.ports.log.last(partition)))
    return last.map((stamped) => {
      const record = stamped && decodeRecord(stamped.bytes)
      return record && record.kind !== 'release' && alive.has(record.worker) ? record.worker : undefined
    })
  }

  partitionOf(actor: ActorId): number {
    const address = parseActorId(actor)
    if (!address) throw new Error(`${actor} is not an address`)
    return partitionOf(address, this.ports.partitions)
  }

  /** Waits for a condition; a failure to ask counts as not yet. Rejects after `limitMs`. */
  async until(what: string, isSo: () => Promise<boolean> | boolean, limitMs = 30_000): Promise<number> {
    const started = performance.now()
    let failure: unknown
    while (performance.now() - started < limitMs) {
      try {
        if (await isSo()) return performance.now() - started
      } catch (error) {
        failure = error // the server may be away just now
      }
      await wait(pollMs)
    }
    throw new Error(`waited ${limitMs} ms until ${what}`, { cause: failure })
  }

  /** Waits until all calls have ended and all that was promised has happened, then writes down what the log and the actors say. */
  async settle(limitMs = 30_000): Promise<void> {
    await Promise.all(this.#open)
    await this.until('nothing is pending', () => this.#isAtRest(), limitMs).catch(() => {}) // what is missing is what the checker finds
    await this.#readExecutions()
    await this.until('every actor says its state', () => this.#readStates(), limitMs).catch(() =>
      this.expect(false, `the actors did not say their states within ${limitMs} ms`),
    )
  }

  async #isAtRest(): Promise<boolean> {
    await this.readLog()
    return pendingOf(this.history.lines).length === 0
  }

  /** Writes down what is new in the log. */
  async readLog(): Promise<number> {
    let found = 0
    for (let partition = 0; partition < this.ports.partitions; partition++) {
      for await (const { seq, at, bytes } of this.ports.log.read(
        partition,
        (this.#read.get(partition) ?? 0) + 1,
        Number.MAX_SAFE_INTEGER,
      )) {
        this.history.write({ kind: 'record', partition, seq, at, record: decodeRecord(bytes) })
        this.#read.set(partition, seq)
        found++
      }
    }
    return found
  }

  /** Done when nothing moved while all actors were asked. */
  async #readStates(): Promise<boolean> {
    const asked = [...this.#actors].filter((actor) => stateful.has(actor.split('/')[1] ?? ''))
    const client = await this.#observer()
    const states = await Promise.all(asked.map((actor) => stateOf(client, actor)))
    const records = this.history.lines.length
    await this.readLog()
    const moved = this.history.lines
      .slice(records)
      .some((line) => line.kind === 'record' && line.record.kind === 'turns' && line.record.entries.length > 0)
    if (moved) return false
    for (const state of states) if (state) this.history.write({ kind: 'state', ...state })
    return true
  }

  async #observer(): Promise<TroupeClient> {
    return (this.#asking ??= (await this.caller('observer')).client)
  }
  #asking: TroupeClient | undefined

  async #readExecutions(): Promise<void> {
    const files = (await readdir(this.folder)).filter((name) => name.startsWith('executions-'))
    for (const file of files) {
      const text = wholeLines(await readFile(join(this.folder, file), 'utf8'))
      for (const line of decodeHistory(text.slice(this.#readCharacters.get(file) ?? 0))) this.history.write(line)
      this.#readCharacters.set(file, text.length)
    }
  }

  /** Ends everything (W2); the folder stays when its history is still wanted. */
  async close({ keep }: { readonly keep: boolean }): Promise<void> {
    await this.#ends.disposeAsync()
    if (!keep) await rm(this.folder, { recursive: true, force: true })
  }
}

const pollMs = 50
/** Calls that end like this may have been stored. */
const unknownCodes: ReadonlySet<string> = new Set(['TR_ASK_TIMEOUT', 'TR_SERVER_UNAVAILABLE', 'TR_CLIENT_CLOSED'])
/** Sleepers are one a nap: their timers say all there is. */
const stateful: ReadonlySet<string> = new Set(['counter', 'account', 'chain'])

const decodeRecord = (bytes: Uint8Array): LogRecord => JSON.parse(new TextDecoder().decode(bytes)) as LogRecord

/** A worker that was killed may have left half a line. */
const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1)

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error)

/** Undefined: nothing it was sent ever made it an actor. */
async function stateOf(client: TroupeClient, actor: ActorId): Promise<{ actor: ActorId; turn: number; context: unknown } | undefined> {
  try {
    const { turn, context } = await client.query(actor)
    return { actor, turn, context }
  } catch (error) {
    if (codeOf(error) === 'TR_ACTOR_NOT_FOUND') return undefined
    throw error
  }
}
