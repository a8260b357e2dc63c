// Shapes
// What the shapes of many routes are made of.
import { z } from 'zod'
import { AskRefused } from '../../../client/index.ts'
import { parseActorId, type Address } from '../../../machines/address.ts'
import { RequestInvalid, ResourceConflict, ResourceMissing } from '../errors.ts'
import type { GatewayParts } from '../parts.ts'
import { tenantQuery } from '../server.ts'

const limitDefault = 50
const limitMax = 200
const cursorCharactersMax = 2_048
export const idCharactersMax = 256
export const nameCharactersMax = 200
export const textCharactersMax = 200

export const id = z.string().min(1).max(idCharactersMax)
export const name = z.string().min(1).max(nameCharactersMax)
export const instant = z.number().describe('Epoch milliseconds')

/** Of a list; extended by its filters. */
export const pageQuery = tenantQuery.extend({
  after: z.string().max(cursorCharactersMax).optional().describe('`next` of the page before'),
  limit: z.coerce.number().int().min(1).max(limitMax).default(limitDefault),
})

export const pageOf = <Row extends z.ZodType>(row: Row) =>
  z.object({
    rows: z.array(row),
    next: z.string().optional().describe('Give it as `after` for the page behind this one; absent: there is none'),
  })

/** What a caller of all tenants means when it names none. */
export const tenantFor = (tenant: string | undefined, { settings }: Pick<GatewayParts, 'settings'>): string =>
  tenant ?? settings.TROUPE_TENANT

/** The only one. `what` names it for whoever asked. Throws `ResourceMissing`, and `ResourceConflict` for one id of several tenants. */
export function theOnly<Row>(found: readonly Row[], what: string): Row {
  const [row, another] = found
  if (row === undefined)
    throw new ResourceMissing(`${what}: the history has none of that id for this caller; what was just sent is there within a second`)
  if (another !== undefined) throw new ResourceConflict(`${what}: several tenants have one of that id; say which with ?tenant=`)
  return row
}

/** An actor that this caller may act on. Throws `RequestInvalid`, `ResourceMissing`. */
export function actorFor(actor: string, tenant: string | undefined): Address {
  const address = parseActorId(actor)
  if (!address) throw new RequestInvalid(`actor '${actor}': it is no address, write tenant/type/key`, ['actor: no address'])
  if (tenant !== undefined && address.tenant !== tenant)
    throw new ResourceMissing(`actor ${actor}: there is none of that address for this caller`)
  return address
}

/** An event that the actor, as it is now, does not take. */
export const notAccepted = (message: string): AskRefused => new AskRefused(message, 'TR_EVENT_NOT_ACCEPTED')

/** `z.undefined` where the database says null. */
export const present = <Value>(value: Value | null | undefined): Value | undefined => value ?? undefined
export const msOf = (date: Date | null | undefined): number | undefined => date?.getTime()
/** Figures that the driver may hand over as text are numbers by then; the types do not know. */
export const figureOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
