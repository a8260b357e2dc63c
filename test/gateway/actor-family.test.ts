// Large families over HTTP, on a real worker, message server and database.
import { expect, test, vi } from 'vitest'
import { enqueueActions, setup } from 'xstate'
import { defineActor, type ActorDefinition } from '../../runtime/define-actor.ts'
import { actorFamilyRoutes } from '../../services/gateway/routes/actor-family.ts'
import { stackForTests } from './actors-stack.ts'

/** An actor that starts so many children when it is woken, or is born, and these the next ones. */
function elder(name: string, fans: readonly number[]): ActorDefinition {
  const [fan = 0, ...rest] = fans
  if (fan === 0) return defineActor({ name, version: '1', machine: setup({}).createMachine({ on: { wake: {} } }) })
  const next = elder(`${name}-x`, rest)
  const machine = setup({
    actors: { next: next.machine },
    actions: {
      beget: enqueueActions(({ enqueue }) => {
        for (let n = 0; n < fan; n++) enqueue.spawnChild('next', { id: `k${n}` })
      }),
    },
  }).createMachine({ entry: 'beget', on: { wake: {} } })
  return defineActor({ name, version: '1', machine, children: { next } })
}

const stack = stackForTests({
  definitions: () =>
    Promise.resolve([
      elder('wide', [15, 15]),
      elder(
        'deep',
        Array.from({ length: 8 }, () => 1),
      ),
    ]),
  routes: actorFamilyRoutes,
})

/** Once all are born, the last of which the history knows. */
async function familyOf(type: string, actors: number) {
  const { client, get, parts } = stack()
  await client.send(`main/${type}/1`, { type: 'wake' })
  const born = `select count(*)::int as count from actors where starts_with(actor_type, ?)`
  await vi.waitUntil(async () => (await parts.orm.em.fork().execute<{ count: number }[]>(born, [type]))[0]?.count === actors, {
    timeout: 30_000,
    interval: 50,
  })
  const asked = vi.spyOn(client, 'query')
  const { status, body } = await get(`/actors/${encodeURIComponent(`main/${type}/1`)}/family`)
  const questions = asked.mock.calls.length
  asked.mockRestore()
  return { status, body, questions }
}

test('of a family that is too large only so many are asked and told, each below its parent, and the answer says so', async () => {
  const { status, body, questions } = await familyOf('wide', 241)
  expect(status).toBe(200)
  expect(body.isWhole).toBe(false)
  expect(body.members).toHaveLength(200)
  expect(questions).toBeLessThanOrEqual(200)
  const seen = new Set<string>()
  for (const { actor, parent } of body.members) {
    if (parent !== undefined) expect(seen).toContain(parent)
    seen.add(actor)
  }
})

test('a family that goes deeper than it is told says so', async () => {
  const { body } = await familyOf('deep', 9)
  expect(body.isWhole).toBe(false)
  expect(body.members.at(-1)).toMatchObject({ depth: 6 })
})
