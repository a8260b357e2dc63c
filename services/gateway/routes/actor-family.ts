// Actor family routes
// Who supervises an actor, up to the root, and whom it supervises: how each is restarted, and what it does now.
import { z } from 'zod'
import { AskRefused, ServerUnavailable } from '../../../client/index.ts'
import { parseActorId, type ActorId } from '../../../machines/address.ts'
import { readNamed, type ListedActor } from '../../history/read-actors.ts'
import { effectsNamed } from '../../history/read-calls.ts'
import { ResourceMissing } from '../errors.ts'
import { inspectionOf } from '../inspection.ts'
import type { GatewayParts } from '../parts.ts'
import { route } from '../route.ts'
import { actorParams, namedActor } from './actor-params.ts'

/** Upwards, downwards, and of all that are told. */
const ancestorsMax = 16
const depthMax = 6
const membersMax = 200

const member = z.object({
  actor: z.string().describe('An address; of an effect its key'),
  kind: z.enum(['actor', 'effect']),
  id: z.string().optional().describe('What its parent calls it'),
  src: z.string().optional().describe('The name in the machine of its parent'),
  parent: z.string().optional(),
  depth: z.int().describe('0 is the root'),
  self: z.boolean().optional().describe('The one that was asked for'),
  type: z.string().optional(),
  state: z.unknown().optional(),
  status: z.string().optional(),
  held: z.boolean().optional(),
  turn: z.int().optional(),
  at: z.number().optional().describe('Of an actor its last turn; of an effect its start'),
  failures: z.int().optional(),
  restarts: z.int().optional(),
  strategy: z.string().optional().describe('What it does with its children when one of them fails'),
  restart: z.string().optional().describe('Whether it is started again when it ends'),
  intensity: z
    .object({ restarts: z.int(), withinMs: z.int() })
    .optional()
    .describe('One restart more than this within the time, and it fails'),
  ended: z.boolean().optional(),
})
type Member = z.output<typeof member>

export const actorFamilyRoutes = [
  route({
    method: 'GET',
    path: '/actors/:actor/family',
    summary: 'The supervision tree around an actor: its supervisors up to the root, and all below it',
    resource: 'agents',
    action: 'read',
    params: actorParams,
    answer: z.object({
      members: z.array(member).describe('In the order of the tree, each below its parent'),
      isWhole: z.boolean().describe('False: there are more, above, below or beside'),
    }),
    run: async ({ params, caller, parts }) => {
      const { id } = namedActor(params.actor, caller)
      const above = await ancestorsOf(parts, id)
      const room: Room = { left: membersMax - above.length - 1, isCut: false }
      const below = await descendantsOf(parts, { root: id, parent: above.at(-1), depth: above.length }, room)
      if (above.length === 0 && below.length === 1 && (await isUnknown(parts, id)))
        throw new ResourceMissing(`the family of ${id}: there is no such actor; GET /v1/actors lists them`)
      const bare: readonly Member[] = [...above.map((actor, depth) => childOf(above[depth - 1], { actor, kind: 'actor', depth })), ...below]
      return { members: await described(parts, bare), isWhole: !room.isCut && above.length < ancestorsMax }
    },
  }),
]

const isUnknown = async ({ orm, client }: GatewayParts, id: ActorId): Promise<boolean> =>
  (await readNamed(orm, [id])).length === 0 && (await childrenOf({ client }, id)) === undefined

/** The root first. */
async function ancestorsOf(parts: GatewayParts, actor: ActorId): Promise<readonly ActorId[]> {
  const above: ActorId[] = []
  const { past } = inspectionOf(parts)
  for (let child = actor; above.length < ancestorsMax;) {
    const parent = (await past.parentOf(child))?.address
    if (parent === undefined || above.includes(parent)) break
    above.unshift(parent)
    child = parent
  }
  return above
}

const childOf = (parent: ActorId | undefined, one: Member): Member => ({ ...one, ...(parent !== undefined && { parent }) })

interface Top {
  readonly root: ActorId
  readonly parent: ActorId | undefined
  readonly depth: number
}

/** Shared by all branches, so that a large family costs no more questions than it has members here. */
interface Room {
  left: number
  /** There were more. */
  isCut: boolean
}

async function descendantsOf(parts: GatewayParts, { root, parent, depth }: Top, room: Room): Promise<readonly Member[]> {
  const walk = async (actor: ActorId, at: number): Promise<readonly Member[]> => {
    const children = Object.entries((await childrenOf(parts, actor)) ?? {})
    const told = children.slice(0, at - depth > depthMax ? 0 : Math.max(0, room.left))
    room.left -= told.length
    room.isCut ||= told.length < children.length
    const inside = await Promise.all(
      told.map(async ([id, { kind, src, address, ended }]): Promise<readonly Member[]> => {
        const one: Member = { actor: address, kind, id, src, parent: actor, depth: at, ...(ended && { ended }) }
        const isBelow = kind === 'actor' && parseActorId(address) !== undefined
        return [one, ...(isBelow ? await walk(address as ActorId, at + 1) : [])] // parsed just now
      }),
    )
    return inside.flat()
  }
  return [childOf(parent, { actor: root, kind: 'actor', depth, self: true }), ...(await walk(root, depth + 1))]
}

interface Child {
  readonly kind: 'actor' | 'effect'
  readonly src: string
  readonly address: string
  readonly ended?: boolean
}

/** Undefined: it could not be asked. */
async function childrenOf({ client }: Pick<GatewayParts, 'client'>, actor: ActorId): Promise<Readonly<Record<string, Child>> | undefined> {
  try {
    return (await client.query(actor)).children
  } catch (error) {
    if (error instanceof AskRefused || error instanceof ServerUnavailable) return undefined
    throw error
  }
}

async function described(parts: GatewayParts, members: readonly Member[]): Promise<Member[]> {
  const actors = members.filter(({ kind }) => kind === 'actor').map(({ actor }) => actor)
  const keys = members.filter(({ kind }) => kind === 'effect').map(({ actor, parent = '' }) => ({ actor: parent, key: actor }))
  const [rows, effects] = await Promise.all([readNamed(parts.orm, actors), effectsNamed(parts.orm, keys)])
  const rowOf = new Map(rows.map((row) => [row.actor, row]))
  const startOf = new Map(effects.map(({ key, startedAt }) => [key, startedAt?.getTime()]))
  return members.map((one) => {
    if (one.kind === 'actor') return { ...one, ...ofActor(parts, one.actor, rowOf.get(one.actor)) }
    const at = startOf.get(one.actor)
    return { ...one, ...(at !== undefined && { at }) }
  })
}

function ofActor(parts: GatewayParts, actor: string, row: ListedActor | undefined): Partial<Member> {
  const type = parseActorId(actor)?.type
  const supervision = type === undefined ? undefined : inspectionOf(parts).hosts.get(type)?.definition.supervision
  return {
    ...(type !== undefined && { type }),
    ...(row && {
      state: row.state,
      status: row.status,
      turn: row.turn,
      at: row.at,
      failures: row.failures,
      restarts: row.restarts,
      ...(row.held && { held: true }),
    }),
    ...(supervision && { strategy: supervision.strategy, restart: supervision.restart, intensity: { ...supervision.intensity } }),
  }
}
