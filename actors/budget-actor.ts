// Budget actor
// The budgets of a tenant, under the key `main`. Agents reserve with it before every model call; operators set its limits; programs may reserve too.
import { budgetType } from '../machines/budget.ts'
import { createBudgetMachine } from '../machines/budget.machine.ts'
import { defineActor, type ActorDefinition } from '../runtime/define-actor.ts'
import { acceptsOnly, budgetRelease, budgetReserve, budgetSet, budgetSettle, budgetUnset, cancel, nothingElse } from './accepts.ts'
import type { ActorPorts } from './ports.ts'

export const budgetActor = ({ callUsdMax }: Pick<ActorPorts, 'callUsdMax'>): ActorDefinition =>
  defineActor({
    name: budgetType,
    version: '1',
    machine: createBudgetMachine(callUsdMax),
    supervision: { restart: 'permanent' },
    accepts: acceptsOnly({
      'budget.set': budgetSet,
      'budget.remove': budgetUnset,
      'budget.reset': budgetUnset,
      'budget.read': nothingElse,
      'budget.reserve': budgetReserve,
      'budget.settle': budgetSettle,
      'budget.release': budgetRelease,
      cancel,
    }),
  })
