// Tenants
// What a caller of one tenant may name: its own tenant and the actors of it. Routes narrow what they read by the tenant of the call; this is the fence before them.
//
// T1. Somebody else's actor is answered like one that does not exist, so nobody learns what is there.
import { parseActorId } from '../../../machines/address.ts'
import type { Caller } from '../caller.ts'
import { NotAllowed, ResourceMissing } from '../errors.ts'

/** Throws ResourceMissing. What is no address of an actor, the route refuses. */
export function mustReach({ tenant }: Caller, actor: string): void {
  if (tenant === '*') return
  const address = parseActorId(actor)
  if (address && address.tenant !== tenant) throw new ResourceMissing(`actor ${actor}: there is none for a caller of tenant ${tenant}`) // T1
}

/** The fields of a path, a query and a body by which our routes name actors. What an event holds is the actor's to judge. */
const actorFields: ReadonlySet<string> = new Set(['actor', 'actors', 'sendsTo'])

/** Throws ResourceMissing and NotAllowed. */
export function mustStayInTenant(caller: Caller, fields: unknown): void {
  if (caller.tenant === '*' || typeof fields !== 'object' || fields === null) return
  for (const [name, value] of Object.entries(fields)) {
    const texts = (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string')
    if (actorFields.has(name)) for (const text of texts) mustReach(caller, text)
    const foreign = name === 'tenant' ? texts.find((text) => text !== caller.tenant) : undefined
    if (foreign !== undefined)
      throw new NotAllowed(`${caller.id} is of tenant ${caller.tenant} and may not name tenant ${foreign.slice(0, 64)}`)
  }
}
