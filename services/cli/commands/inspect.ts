import { InvalidArgumentError } from 'commander'
import { AskRefused } from '../../../client/index.ts'
import { actorId } from '../../../machines/address.ts'
import { agentPath } from '../../inspector/web/place.ts'
import { readStack } from '../../stack/data-folder.ts'
import { shared, wholeNumber, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, type Place } from '../connect.ts'
import { ArgumentInvalid, NotFound, ServersNotFound } from '../errors.ts'
import { parseTarget } from '../words.ts'

export interface InspectOptions extends SharedOptions {
  readonly stately?: boolean
  readonly port: number
  readonly page: string
  readonly to?: string
  readonly actorsMax?: number
  readonly module?: string
}

/** Where receivers of @statelyai/inspect look when nobody tells them. */
const portDefault = 8080
const pageDefault = 'https://stately.ai/inspect'
const portMax = 65_535

export const inspectCommand: Register = (program, shell) => {
  const command = shared(program.command('inspect'), [
    'inspect',
    'inspect task/42',
    'inspect --stately',
    "inspect --stately 'task/*' main/coordinator/main --actors-max 50",
    'inspect --stately task/42 --to ws://localhost:8080',
  ])
    .description("print where the inspector is, or an actor in it; with --stately: show live actors in Stately's inspector")
    .argument('[actors...]', "tenant/type/key, or type/key; with --stately '*' stands for all of a part (default: all of the tenant)")
    .option('--stately', "open a bridge to Stately's inspector, until Ctrl-C")
    .option('--port <n>', 'port of the bridge on this machine; 0 is a free one', port, portDefault)
    .option('--page <url>', "address of Stately's inspector", pageDefault)
    .option('--to <url>', 'open no bridge: send to this WebSocket server, as the WebSocket inspector of @statelyai/inspect does')
    .option('--actors-max <n>', 'actors shown at once', wholeNumber)
    .option('--module <module>', "module that exports `definitions` (default: the main job's of this checkout)")
  command.action(async (actors: readonly string[]) => {
    const options = command.optsWithGlobals<InspectOptions>()
    const place = placeOf(options, shell.environment)
    const idle = (['port', 'page', 'to', 'actorsMax', 'module'] as const).find((name) => command.getOptionValueSource(name) === 'cli')
    if (!options.stately && idle !== undefined)
      throw new ArgumentInvalid(`Inspecting: ${flagOf(idle)} is for Stately's inspector; give --stately too, or leave it out.`)
    const named = actors.map((text) => parseTarget(text, place.tenant, options.tenant !== undefined))
    if (!options.stately)
      return showWhere(
        shell,
        place,
        named.map(({ tenant, type, key }) => actorId(tenant, type, key)),
        options,
      )
    const [page, to] = [
      addressOf(options.page, '--page', ['http:', 'https:']),
      options.to === undefined ? undefined : addressOf(options.to, '--to', ['ws:', 'wss:']),
    ]
    const { inspectInStately } = await import('../inspect/stately.ts') // large: with it come the actors of the main job
    const patterns = named.length > 0 ? named : [{ tenant: place.tenant, type: '*', key: '*' }]
    await orNotFound(() => inspectInStately({ shell, place, patterns, page, to, options }))
  })
}

const flagOf = (option: string): string => `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

async function showWhere(shell: Shell, place: Place, actors: readonly string[], { json }: SharedOptions): Promise<void> {
  const { inspector } = (await readStack(place.data)) ?? {}
  if (inspector === undefined)
    throw new ServersNotFound(
      `Looking for the inspector of the data folder ${place.data}: nothing that runs there has one; run \`npm start\`, name its folder with --data, or see what a gateway that you started has printed.`,
    )
  const urls = actors.length > 0 ? actors.map((actor) => new URL(agentPath(actor), inspector).href) : [inspector]
  shell.print(json ? JSON.stringify({ inspector, urls }) : urls.join('\n'))
}

function addressOf(text: string, option: string, protocols: readonly string[]): URL {
  const url = URL.parse(text)
  if (url && protocols.includes(url.protocol)) return url
  throw new ArgumentInvalid(
    `Reading ${option} '${text}': it is no address; write it as ${protocols.map((name) => `${name}//host…`).join(' or ')}.`,
  )
}

/** An actor that was named and is not there is no refusal of a message. */
async function orNotFound(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof AskRefused)) throw error
    throw new NotFound(
      `Showing actors: ${error.message} (${error.code}); list them with \`troupe actors\`, or name a pattern such as 'task/*', which also shows those to come.`,
      {
        cause: error,
      },
    )
  }
}

function port(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= portMax) return value
  throw new InvalidArgumentError(`It must be a number from 0 to ${portMax}.`)
}
