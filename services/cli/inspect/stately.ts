// Stately
// `troupe inspect --stately`: the feed of live actors, and the bridge or the WebSocket server it goes to, until the process is told to stop.
import { ServerUnavailable } from '../../../client/index.ts'
import type { ActorId } from '../../../machines/address.ts'
import type { ActorDefinition } from '../../../runtime/define-actor.ts'
import { natsPorts } from '../../../runtime/nats/index.ts'
import type { Ports } from '../../../runtime/ports.ts'
import { chartOf } from '../../../runtime/statechart/index.ts'
import { stopped } from '../../process.ts'
import { openBridge } from '../../stately/bridge.ts'
import { configOf } from '../../stately/definition.ts'
import { Feed, feedLimits } from '../../stately/feed.ts'
import type { Pattern } from '../../stately/look-around.ts'
import { openSender } from '../../stately/sender.ts'
import type { Shell } from '../command.ts'
import type { InspectOptions } from '../commands/inspect.ts'
import { withClient, type Connection, type Place } from '../connect.ts'
import { loadDefinitions } from '../deploy/definitions.ts'

interface Task {
  readonly shell: Shell
  readonly place: Place
  readonly patterns: readonly Pattern[]
  readonly page: URL
  /** A WebSocket server to send to; without one a bridge is opened. */
  readonly to: URL | undefined
  readonly options: InspectOptions
}

/** Rejects with what opening fails with, and ServerUnavailable when the connection ends for good. */
export async function inspectInStately({ shell, place, patterns, page, to, options }: Task): Promise<void> {
  const { note, stop } = shell
  const definitions = await loadDefinitions(options.module)
  await withClient(place, async (client, connection) => {
    const ports = await natsPorts(connection, place.namespace)
    await using ending = new AsyncDisposableStack()
    const feed = new Feed({
      client,
      patterns,
      limits: { ...feedLimits, ...(options.actorsMax !== undefined && { actorsMax: options.actorsMax }) },
      stored: () => storedIn(ports),
      settled: () => connection.flush(),
      definitionOf: definitionsOf(definitions, note),
      note,
    })
    ending.defer(() => feed.stop())
    await feed.start()
    const url = to ? await sendTo(to) : await bridgeTo()
    shell.print(options.json ? JSON.stringify({ url, actors: feed.size }) : `${to ? 'Sending to' : 'Bridge'} ${url}`)
    note(`${feed.size} actors are shown, and whoever comes. Ctrl-C ends it.`)
    await Promise.race([feed.ended, refreshAfterOutages(connection, feed, note), stopped(stop)])
    if (!stop.aborted) throw new ServerUnavailable('showing actors: the connection to the server ended; run the command again')

    async function bridgeTo(): Promise<string> {
      const bridge = await openBridge({ feed, port: options.port, inspector: page, note })
      ending.defer(() => bridge.close())
      return bridge.url
    }
    async function sendTo(server: URL): Promise<string> {
      const sender = await openSender({ feed, to: server, note })
      ending.defer(() => sender.close())
      return `${server.protocol}//${server.host}${server.pathname}`
    }
  })
}

async function* storedIn({ states, partitions }: Ports): AsyncIterable<ActorId> {
  for (let partition = 0; partition < partitions; partition++) yield* states.list(partition)
}

/** What happened while the server was away is not told: the present state is. Ends with the connection. */
async function refreshAfterOutages(connection: Connection, feed: Feed, note: Shell['note']): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === 'disconnect') note('The server has gone away; the connection is tried again.')
    if (type !== 'reconnect') continue
    note('The server is back: every actor is asked for its state.')
    await feed.refresh()
  }
}

/** As JSON text, made once. A version that this build has not is drawn as the one it has, which is said once. */
function definitionsOf(
  definitions: readonly ActorDefinition[],
  note: Shell['note'],
): (type: string, version: string | undefined) => string | undefined {
  const known = new Map(definitions.map((definition) => [definition.name, definition]))
  const texts = new Map<ActorDefinition, string>()
  const said = new Set<string>()
  const sayOnce = (line: string): void => {
    if (!said.has(line)) note(line)
    said.add(line)
  }
  return (type, version) => {
    const present = known.get(type)
    if (!present) {
      sayOnce(`This build has no actor type '${type}': its actors are shown without a chart; name their module with --module.`)
      return undefined
    }
    const exact = [present, ...present.previous].find((one) => version === undefined || one.version === version)
    if (!exact) sayOnce(`This build has no version ${version ?? ''} of '${type}': its actors are drawn as version ${present.version}.`)
    const definition = exact ?? present
    const text = texts.get(definition) ?? JSON.stringify(configOf(chartOf(definition.machine)))
    texts.set(definition, text)
    return text
  }
}
