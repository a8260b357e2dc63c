// Coordinator
// What the coordinator of a tenant says of itself, for all pages that want to know it at about the same time: each ask is a turn in its log.
import { coordinatorKey, coordinatorType } from '../../machines/coordinator-messages.ts'
import type { CoordinatorStats } from '../../machines/coordinator-stats.ts'
import type { GatewayParts } from './parts.ts'
import { remembered } from './remember.ts'

export const answerMs = 5_000
const keptMs = 2_000

export const coordinatorOf = (tenant: string) => ({ tenant, type: coordinatorType, key: coordinatorKey })

/** Rejects like `client.ask`. */
export const statsOf = (parts: GatewayParts, tenant: string): Promise<CoordinatorStats> =>
  remembered(parts, `coordinator ${tenant}`, { freshMs: keptMs }, () =>
    parts.client.ask<CoordinatorStats>(coordinatorOf(tenant), { type: 'coordinator.stats' }, { deadlineMs: answerMs }),
  )
