// Coordinators under seeded faults: workers that die, are cut off or stand still, answers that are lost.
import { test } from 'vitest'
import { sendTo, setup } from 'xstate'
import { coordinatorActor } from '../../actors/coordinator-actor.ts'
import { actorId, type Address } from '../../machines/address.ts'
import { refTo } from '../../machines/authoring.ts'
import type { CoordinatorAnswer } from '../../machines/coordinator-messages.ts'
import { differenceOf } from '../../machines/coordinator-rebuild.ts'
import type { CoordinatorContext } from '../../machines/coordinator-record.ts'
import { shardKeysFor } from '../../machines/coordinator-shards.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { simulate } from '../../runtime/testing/index.ts'
import { cardOf } from '../support/coordinators.ts'

const shardOfTask = ({ tenant, key }: Address) => refTo(actorId(tenant, 'coordinator', shardKeysFor(key)[0] ?? ''))

/** Asks for an agent, says at once how it went, and is done. */
const errand = defineActor({
  name: 'errand',
  version: '1',
  machine: setup({
    types: { context: {} as { address: Address }, input: {} as Address, events: {} as { type: 'go' } | CoordinatorAnswer },
    actions: {
      ask: sendTo(
        ({ context }) => shardOfTask(context.address),
        ({ context }) => ({ type: 'agent.choose', taskId: context.address.key, taskType: 'question' }),
      ),
      report: sendTo(
        ({ context }) => shardOfTask(context.address),
        ({ event }) => ({
          type: 'outcome.report',
          decisionId: event.type === 'agent.chosen' ? event.choices[0]?.decisionId : '',
          ok: true,
          reward: 0.5,
        }),
      ),
    },
  }).createMachine({
    id: 'errand',
    context: ({ input }) => ({ address: input }),
    initial: 'new',
    states: {
      new: { on: { go: { target: 'asking', actions: 'ask' } } },
      asking: { on: { 'agent.chosen': { target: 'done', actions: 'report' } } },
      done: { on: { go: {} } },
    },
  }),
})

const errands = 60

test('whatever fails, every decision has its outcome, and in the end all coordinators know every outcome once', async () => {
  await simulate(4, {
    actors: [coordinatorActor([cardOf('one', 'question'), cardOf('two', 'question')]), errand],
    plan: (thrown) => ({ ...thrown, loadMs: 5_000 }),
    load: (clients) => {
      const client = clients.client('someone')
      for (let key = 0; key < errands; key++) client.send(`acme/errand/e${key}`, { type: 'go' })
    },
    *check({ actors }) {
      const contexts = [...actors('coordinator')].map(([actor, { context }]) => ({
        actor,
        context: context as unknown as CoordinatorContext,
      }))
      const main = contexts.find(({ context }) => context.key === 'main')?.context
      if (!main) return yield 'there is no main'
      const sum = (of: (context: CoordinatorContext) => number): number => contexts.reduce((whole, { context }) => whole + of(context), 0)
      if (sum(({ counts }) => counts.decided) !== errands) yield `${sum(({ counts }) => counts.decided)} decisions of ${errands} errands`
      if (sum(({ counts }) => counts.settled) !== errands) yield `${sum(({ counts }) => counts.settled)} outcomes of ${errands} decisions`
      const merged = Object.values(main.root.shards).reduce((whole, { outcomes }) => whole + outcomes, 0)
      if (merged !== errands) yield `main has merged ${merged} outcomes of ${errands}`
      for (const { actor, context } of contexts) {
        if (context.shared.unmerged.length > 0) yield `${actor} waits for ${context.shared.unmerged.length} outcomes to be merged`
        const { largest, place } = differenceOf(context.model, main.model)
        if (largest > 1e-9) yield `${actor} differs from main by ${largest} at ${place ?? ''}`
      }
    },
  })
}, 120_000)
