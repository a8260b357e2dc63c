// Access
// Whether a caller may do something: its roles by the policy, then the scopes of its key. Deny is what is left.
//
// A1. A scope only takes away: it never allows what no role allows.
// A2. There are as many decisions as roles, reaches, resources and actions make. The policy is asked for all of them once, at the start:
//     a request costs a look, whatever the policy's length.
import { newEnforcer, newModelFromString, StringAdapter } from 'casbin'
import { actions, resources, roles, type Action, type Caller, type Resource, type Role } from '../caller.ts'
import { NotAllowed } from '../errors.ts'
import type { Wanted } from '../server.ts'
import { policyLines, policyModel } from './policy.ts'

export interface Access {
  /** What the policy says of one role. */
  allows(role: Role | 'anonymous', reach: Reach, wanted: Wanted): boolean
  /** Throws NotAllowed. */
  check(caller: Caller, wanted: Wanted): void
}

export type Reach = 'one' | 'all'

export async function openAccess(): Promise<Access> {
  const enforcer = await newEnforcer(newModelFromString(policyModel), new StringAdapter(policyLines.trim()))
  const asked = ['anonymous', ...roles].flatMap((role) => ['one', 'all'].map((reach) => ({ role, reach })))
  const allowed = new Set<string>() // A2
  for (const { role, reach } of asked) {
    const may = everything.filter(({ resource, action }) => enforcer.enforceSync(role, reach, resource, action))
    for (const wanted of may) allowed.add(keyOf(role, reach, wanted))
  }
  const allows: Access['allows'] = (role, reach, wanted) => allowed.has(keyOf(role, reach, wanted))
  return {
    allows,
    check: (caller, wanted) => {
      const reach = caller.tenant === '*' ? 'all' : 'one'
      const named: readonly (Role | 'anonymous')[] = caller.via === 'none' ? ['anonymous'] : caller.roles
      if (!named.some((role) => allows(role, reach, wanted))) throw new NotAllowed(missingRole(caller, wanted, allows))
      if (!withinScopes(caller.scopes, wanted)) throw new NotAllowed(missingScope(caller, wanted)) // A1
    },
  }
}

const everything = resources.flatMap((resource) => actions.map((action) => ({ resource, action })))

const keyOf = (role: string, reach: string, { resource, action }: Wanted): string => `${role} ${reach} ${resource} ${action}`

/** The scopes of a key are `resource:action`, either of them `*` for any. */
export const withinScopes = (scopes: readonly string[] | undefined, { resource, action }: Wanted): boolean =>
  scopes === undefined || scopes.some((scope) => covers(scope, `${resource}:${action}`))

/** Whether everything that the second scope is good for, the first one is good for as well. */
export function covers(scope: string, other: string): boolean {
  const [resource, action] = scope.split(':')
  const [otherResource, otherAction] = other.split(':')
  return (resource === '*' || resource === otherResource) && (action === '*' || action === otherAction)
}

/** Names the least role that would do. */
function missingRole(caller: Caller, wanted: Wanted, allows: Access['allows']): string {
  const what = words(wanted.resource, wanted.action)
  const has = caller.roles.length === 0 ? 'has no role' : `has the role ${caller.roles.join(', ')}`
  const enough = roles.find((role) => allows(role, 'one', wanted))
  if (enough !== undefined) return `${caller.id} may not ${what}: it ${has}, and needs ${enough}`
  const ofAll = roles.find((role) => allows(role, 'all', wanted))
  return ofAll === undefined
    ? `${caller.id} may not ${what}: nobody may`
    : `${caller.id} may not ${what}: it ${has} in one tenant, and needs ${ofAll} of all tenants`
}

const missingScope = (caller: Caller, { resource, action }: Wanted): string =>
  `${caller.id} may not ${words(resource, action)}: its key has the scopes ${caller.scopes?.join(', ') || 'of none'}, and needs ${resource}:${action}`

const words = (resource: Resource, action: Action): string => `${action} ${resource}`
