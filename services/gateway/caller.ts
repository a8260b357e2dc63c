// Caller
// Who asks, as far as the gateway has made sure of it, and what a role may do.

export const roles = ['viewer', 'operator', 'debugger', 'admin'] as const
export type Role = (typeof roles)[number]

export interface Caller {
  /** Of the person or the program: the subject of its token, or the name of its key. It stands in the audit log. */
  readonly id: string
  /** The tenant whose actors it may see; `*`: all of them. */
  readonly tenant: string
  readonly roles: readonly Role[]
  readonly via: 'local' | 'token' | 'key' | 'none'
  /** What a key is limited to beside its roles; undefined: nothing. */
  readonly scopes?: readonly string[]
}

/** On loopback with no security configured, whoever can reach the port is the person at the machine. */
export const localCaller: Caller = { id: 'local', tenant: '*', roles: ['admin'], via: 'local' }

/** Who has not said who it is: it may do what the policy allows `anonymous`, and sees no tenant. */
export const anonymousCaller: Caller = { id: 'anonymous', tenant: '', roles: [], via: 'none' }

/** A caller of one tenant sees that one; the guard has refused one that names another. */
export function tenantOf(caller: Caller, named: unknown): string | undefined {
  if (caller.tenant !== '*') return caller.tenant
  return typeof named === 'string' && named !== '*' ? named : undefined
}

/** What a route does to what: the words of the access policy (security/policy.ts). */
export const resources = [
  'agents',
  'alerts',
  'approvals',
  'audit',
  'config',
  'coordinator',
  'dead-letters',
  'fleet',
  'health',
  'history',
  'keys',
  'machines',
  'skills',
  'tasks',
] as const
export type Resource = (typeof resources)[number]

/** `read`: looks; `operate`: sends, cancels, approves, redrives; `debug`: holds, steps, forks; `administer`: workers, keys, policies. */
export const actions = ['read', 'operate', 'debug', 'administer'] as const
export type Action = (typeof actions)[number]
