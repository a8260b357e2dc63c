import { describe, expect, test } from 'vitest'
import { assign, type Standing } from '../../runtime/assignment.ts'
import { noOrders } from '../../runtime/orders.ts'

const member = (id: string, given: Partial<Standing> = {}): Standing => ({ id, draining: false, fit: true, ...given })
const of = (id: string, rank: number) => ({ deployment: { id, rank } })
const shares = (owners: ReadonlyMap<number, string>): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(owners.values(), (id) => id)].map(([id, all]) => [id, all.length]))

describe('assignment', () => {
  test('everyone who knows the same workers gives each partition to the same one, in even shares', () => {
    const members = ['a', 'b', 'c'].map((id) => member(id))
    const owners = assign(members, noOrders, 16)
    expect(Object.keys(shares(owners)).toSorted()).toEqual(['a', 'b', 'c'])
    expect(Math.max(...Object.values(shares(owners)))).toBeLessThanOrEqual(6)
    expect(assign(members.toReversed(), noOrders, 16)).toEqual(owners)
  })

  test('nobody owns anything when nobody is able to', () => {
    expect(assign([], noOrders, 4).size).toBe(0)
    expect(assign([member('a', { draining: true }), member('b')], { ...noOrders, drained: ['b'] }, 4).size).toBe(0)
  })

  test('the highest rank with a fit worker owns all, its unfit workers included; who names no deployment has rank 0', () => {
    const old = member('old')
    const blue = member('blue', of('blue', 1))
    const young = member('young', { ...of('green', 2), fit: false })
    expect(shares(assign([old, blue, young], noOrders, 8))).toEqual({ blue: 8 })
    expect(shares(assign([old, blue, young, member('green', of('green', 2))], noOrders, 8))).toEqual({ green: 4, young: 4 })
    expect(shares(assign([member('x', { fit: false }), member('y', { fit: false })], noOrders, 8))).toEqual({ x: 4, y: 4 })
  })

  test('a pin wins over rank, that of a partition over that of the namespace, and waits for its deployment', () => {
    const members = [member('blue', of('blue', 1)), member('green', of('green', 2))]
    expect(shares(assign(members, { pin: 'blue', pins: { 3: 'green' }, drained: [] }, 4))).toEqual({ blue: 3, green: 1 })
    expect(shares(assign(members, { ...noOrders, pins: { 0: 'red' } }, 4))).toEqual({ green: 3 })
  })
})
