// Actor params
// The actor that a route is about, and the shapes that several of the routes about actors share.
import { z } from 'zod'
import { AddressInvalid, type ActorId } from '../../../client/index.ts'
import { actorId, addressFault, parseActorId, type Address } from '../../../machines/address.ts'
import type { Caller } from '../caller.ts'
import { ResourceMissing } from '../errors.ts'

const actorCharactersMax = 512

export const actorParams = z.object({
  actor: z
    .string()
    .min(1)
    .max(actorCharactersMax)
    .describe('tenant/type/key, encoded as one segment: slashes as %2F')
    .meta({ examples: ['main%2Ftask%2F42'] }),
})

export interface NamedActor {
  readonly id: ActorId
  readonly address: Address
}

/** Throws `AddressInvalid`, and `ResourceMissing` for the actor of another tenant: nobody learns whether it is there. */
export function namedActor(text: string, caller: Caller): NamedActor {
  const address = parseActorId(text)
  if (!address) throw new AddressInvalid(`'${text.slice(0, shownCharactersMax)}' is not the address of an actor: ${faultOf(text)}`)
  if (caller.tenant !== '*' && caller.tenant !== address.tenant)
    throw new ResourceMissing(`actor ${text}: there is none for a caller of tenant ${caller.tenant}`)
  return { id: actorId(address.tenant, address.type, address.key), address }
}

const shownCharactersMax = 200

function faultOf(text: string): string {
  const [tenant = '', type, ...key] = text.split('/')
  if (type === undefined || key.length === 0) return 'it is tenant/type/key, with slashes as %2F'
  return addressFault({ tenant, type, key: key.join('/') }) ?? 'it cannot be read'
}

export const machineShape = z.object({ name: z.string(), version: z.string(), hash: z.string().optional() })
export const child = z.object({ kind: z.enum(['effect', 'actor']), src: z.string(), address: z.string(), ended: z.boolean().optional() })
export const timer = z.object({ due: z.number() })
export const accepted = z.object({ type: z.string(), schema: z.unknown().optional().describe('JSON schema of its fields') })

export const breakpoint = z.object({
  id: z.string().min(1).max(256),
  on: z.enum(['state', 'event', 'guard']),
  match: z.string().min(1).max(256).describe('The id of a state, the type of an event, the name of a guard'),
})

export const hold = z.object({
  by: z.string(),
  since: z.number(),
  until: z.number().describe('It ends by itself then'),
  held: z.boolean(),
  steps: z.int(),
  breakpoints: z.array(breakpoint),
  hit: z.object({ breakpoint: z.string(), message: z.string().optional() }).optional(),
})

/** What is shown of children and timers: not what they were given. */
export const shownChildren = (children: Readonly<Record<string, z.output<typeof child>>>) =>
  Object.fromEntries(
    Object.entries(children).map(([id, { kind, src, address, ended }]) => [id, { kind, src, address, ...(ended && { ended }) }]),
  )

export const shownTimers = (timers: Readonly<Record<string, z.output<typeof timer>>>) =>
  Object.fromEntries(Object.entries(timers).map(([id, { due }]) => [id, { due }]))
