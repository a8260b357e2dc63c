// Members
// The workers that are alive, as the fleet's roll says now.
import type { Member, Ports } from '../../runtime/ports.ts'
import type { GatewayParts } from './parts.ts'
import { remembered } from './remember.ts'

const keptMs = 500

export const membersOf = (parts: GatewayParts): Promise<readonly Member[]> =>
  remembered(parts, 'members', { freshMs: keptMs }, () => membersNow(parts.ports))

/** What a watch of the fleet tells first. */
async function membersNow({ membership }: Pick<Ports, 'membership'>): Promise<readonly Member[]> {
  const { promise, resolve } = Promise.withResolvers<readonly Member[]>()
  const reader = await membership.watch(resolve)
  const members = await promise
  await reader.stop()
  return members
}
