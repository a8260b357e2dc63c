import { expect, test } from 'vitest'
import { actions, resources, roles } from '../../../services/gateway/caller.ts'
import { openAccess } from '../../../services/gateway/security/access.ts'
import { rolesIn } from '../../../services/gateway/security/policy.ts'
import { read, tableRows } from '../../docs/pages.ts'

const who = ['anonymous', ...roles] as const
const everything = resources.flatMap((resource) => actions.map((action) => ({ resource, action })))
const rows = tableRows(read('docs/gateway.md'), 'resource', 'action', ...who)
const written = new Map(rows.map(([resource, action, ...cells]) => [`${resource} ${action}`, cells]))

test('the policy is the table in docs/gateway.md, cell by cell, and what is not in the table is denied', async () => {
  const access = await openAccess()
  expect(rows.length).toBeGreaterThan(20)
  expect([...written.keys()].filter((key) => !resources.some((one) => actions.some((action) => key === `${one} ${action}`)))).toEqual([])
  for (const wanted of everything) {
    const { resource, action } = wanted
    const cells = who.map((role) => (access.allows(role, 'one', wanted) ? 'yes' : access.allows(role, 'all', wanted) ? 'all' : 'no'))
    expect([resource, action, ...cells]).toEqual([resource, action, ...(written.get(`${resource} ${action}`) ?? who.map(() => 'no'))])
    expect(who.filter((role) => access.allows(role, 'one', wanted) && !access.allows(role, 'all', wanted))).toEqual([])
  }
})

test('names that are no roles are allowed nothing, those that every object inherits included', async () => {
  const access = await openAccess()
  for (const name of ['', 'root', 'constructor', '__proto__', 'toString', 'viewer ', 'Admin'])
    for (const wanted of everything) {
      const caller = { id: 'x', tenant: '*', roles: [name as 'viewer'], via: 'token' } as const
      expect(() => access.check(caller, wanted)).toThrow(expect.objectContaining({ code: 'TR_NOT_ALLOWED' }))
    }
})

test('who has a role has those below it', () => {
  expect(rolesIn('viewer')).toEqual(['viewer', 'anonymous'])
  expect(new Set(rolesIn('admin'))).toEqual(new Set(['admin', 'operator', 'debugger', 'viewer', 'anonymous']))
  expect(rolesIn('debugger')).not.toContain('operator')
})

test('a decision takes less than a millisecond, also the first one', async () => {
  const times: number[] = []
  const cells = who.flatMap((role) => everything.map((wanted) => ({ role, wanted })))
  for (let n = 0; n < 5; n++) {
    const access = await openAccess()
    for (const { role, wanted } of cells) {
      const started = performance.now()
      access.allows(role, 'one', wanted)
      times.push(performance.now() - started)
    }
  }
  const sorted = times.toSorted((one, other) => one - other)
  expect(sorted.length).toBeGreaterThan(1_000)
  expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThan(1) // single ones may be interrupted
})
