// Routes
// Every operation of the API, one file a resource.
import type { AnyRoute } from '../route.ts'
import { actorRoutes } from './actors.ts'
import { agentRoutes } from './agents.ts'
import { alertRoutes } from './alerts.ts'
import { analyticsRoutes } from './analytics.ts'
import { approvalRoutes } from './approvals.ts'
import { auditRoutes } from './audit.ts'
import { breakpointRoutes } from './breakpoints.ts'
import { compareRoutes } from './compare.ts'
import { deadLetterRoutes } from './dead-letters.ts'
import { decisionRoutes } from './decisions.ts'
import { exportRoutes } from './exports.ts'
import { fleetRoutes } from './fleet.ts'
import { keyRoutes } from './keys.ts'
import { machineRoutes } from './machines.ts'
import { predictionRoutes } from './predictions.ts'
import { skillRoutes } from './skills.ts'
import { systemRoutes } from './system.ts'
import { taskRoutes } from './tasks.ts'
import { viewRoutes } from './views.ts'

export const routes: readonly AnyRoute[] = [
  ...fleetRoutes,
  ...actorRoutes,
  ...machineRoutes,
  ...breakpointRoutes,
  ...compareRoutes,
  ...keyRoutes,
  ...auditRoutes,
  ...alertRoutes,
  ...analyticsRoutes,
  ...agentRoutes,
  ...approvalRoutes,
  ...deadLetterRoutes,
  ...decisionRoutes,
  ...exportRoutes,
  ...predictionRoutes,
  ...skillRoutes,
  ...systemRoutes,
  ...taskRoutes,
  ...viewRoutes,
]
