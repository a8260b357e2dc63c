// Kernel
// The scenario of the project's own simulation: small actors of every kind, under every fault.
import type { Scenario } from '../../runtime/testing/scenario.ts'
import { actorsFor } from './actors.ts'
import { ownFaults } from './checks.ts'
import { startLoad } from './load.ts'

export const kernel: Scenario = { actors: actorsFor, load: startLoad, check: ownFaults }
