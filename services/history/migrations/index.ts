// Migrations: all of them, in the order they are run. One that was released is never changed; a change is a new one at the end.
import { CreateHistory } from './20261120-create-history.ts'
import { CreatePolicies } from './20261121-create-policies.ts'
import { WidenDecisions } from './20261121-widen-decisions.ts'
import { ExtendAgents } from './20261121-extend-agents.ts'
import { ExtendTasks } from './20261121-extend-tasks.ts'
import { CreateActors } from './20261122-create-actors.ts'
import { CreateGatewaySecurity } from './20261122-create-gateway-security.ts'
import { ServeGateway } from './20261123-serve-gateway.ts'
import { WatchFleet } from './20261124-watch-fleet.ts'
import { FindActors } from './20261124-find-actors.ts'
import { KnowMachines } from './20261124-know-machines.ts'

export const migrations = [
  CreateHistory,
  WidenDecisions,
  CreatePolicies,
  ExtendAgents,
  ExtendTasks,
  CreateGatewaySecurity,
  CreateActors,
  ServeGateway,
  FindActors,
  KnowMachines,
  WatchFleet,
] as const
