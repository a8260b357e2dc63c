// Policy
// Which role may do what to which resource, as casbin reads it. What no line allows is denied. docs/gateway.md has it as a table.
// `all`: only to callers of all tenants, because what it shows or changes is everybody's.

/** RBAC with a hierarchy of roles, and the caller's reach: `all` tenants or `one`. */
export const policyModel = `
[request_definition]
r = role, reach, resource, action

[policy_definition]
p = role, reach, resource, action

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = g(r.role, p.role) && (p.reach == "any" || p.reach == r.reach) && r.resource == p.resource && r.action == p.action
`

export const policyLines = `
p, anonymous, any, health, read

p, viewer, any, agents, read
p, viewer, any, alerts, read
p, viewer, any, approvals, read
p, viewer, any, coordinator, read
p, viewer, any, dead-letters, read
p, viewer, any, history, read
p, viewer, any, machines, read
p, viewer, any, skills, read
p, viewer, any, tasks, read
p, viewer, all, fleet, read

p, operator, any, agents, operate
p, operator, any, alerts, operate
p, operator, any, approvals, operate
p, operator, any, coordinator, operate
p, operator, any, dead-letters, operate
p, operator, any, tasks, operate
p, operator, all, config, read

p, debugger, any, agents, debug

p, admin, any, agents, administer
p, admin, any, audit, read
p, admin, any, coordinator, administer
p, admin, any, keys, read
p, admin, any, keys, administer
p, admin, any, skills, administer
p, admin, all, alerts, administer
p, admin, all, config, administer
p, admin, all, fleet, administer

g, viewer, anonymous
g, operator, viewer
g, debugger, viewer
g, admin, operator
g, admin, debugger
`

/** Who has the first role has these as well: the lines `g` above, followed to their ends. */
export const rolesIn = (role: string): readonly string[] => [
  role,
  ...[...policyLines.matchAll(/^g, ([\w-]+), ([\w-]+)$/gm)].flatMap(([, has, other]) =>
    has === role && other !== undefined ? rolesIn(other) : [],
  ),
]
