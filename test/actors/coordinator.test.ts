import { expect, test } from 'vitest'
import { coordinatorActor } from '../../actors/coordinator-actor.ts'
import { actorId } from '../../machines/address.ts'
import { birth, encode, fromStored, prepare, takeTurn, toStored } from '../../runtime/statechart/index.ts'
import { cardOf } from '../support/coordinators.ts'

test('a coordinator of version 1 goes on with its agents, and learns anew', () => {
  const definition = coordinatorActor([cardOf('librarian', 'question')])
  const host = prepare(definition)
  const address = actorId('acme', 'coordinator', 'main')
  const input = encode({ tenant: 'acme', type: 'coordinator', key: 'main' })
  const born = toStored(host, birth(host, { address, input }, { at: 1, id: 'birth', random: 0.5 }).next)
  const agents = { scout: cardOf('scout', 'poem') }
  const former = { ...born, value: 'ready', context: JSON.parse(JSON.stringify({ agents, cells: {}, open: {}, counts: { decided: 7 } })) }
  const migrated = definition.migrate['1']?.run(former)
  const living = fromStored(host, address, migrated as typeof former)
  const meta = { at: 2, id: 'm', random: 0.5 }
  const asked = (taskType: string) => ({ type: 'agent.choose', taskId: 't', taskType })
  for (const [taskType, agent] of [
    ['poem', 'scout'],
    ['question', 'librarian'],
  ] as const) {
    const outcome = takeTurn(host, living, { kind: 'event', event: asked(taskType) }, meta)
    expect(outcome?.replies).toMatchObject([{ value: { type: 'agent.chosen', choices: [{ agent, decisionId: 'main-v1-1' }] } }])
  }
})
