// Machine host
// Which machine a request is about: that of an actor type, or an earlier version of it that is still hosted.
import { z } from 'zod'
import { earlierVersions, prepare, type Host } from '../../../runtime/statechart/index.ts'
import { ResourceMissing } from '../errors.ts'
import { inspectionOf } from '../inspection.ts'
import type { GatewayParts } from '../parts.ts'

export const typeParams = z.object({ type: z.string().min(1).max(64).describe('An actor type') })
export const hashQuery = z.object({
  hash: z.string().max(64).optional().describe('The machine of that structure hash, of an earlier version too; default: the newest'),
})

/** The newest version first. Throws `ResourceMissing`. */
export function hostedOf(parts: GatewayParts, type: string): readonly [Host, ...Host[]] {
  const { hosts } = inspectionOf(parts)
  const newest = hosts.get(type)
  if (!newest) throw new ResourceMissing(`actor type '${type}': this build has ${[...hosts.keys()].join(', ')}`)
  return [newest, ...earlierVersions(newest.definition).map(prepare)]
}

/** Throws `ResourceMissing`. */
export function hostOf(parts: GatewayParts, type: string, hash: string | undefined): Host {
  const hosted = hostedOf(parts, type)
  const found = hash === undefined ? hosted[0] : hosted.find(({ stamp }) => stamp.hash === hash)
  if (found) return found
  const known = hosted.map(({ stamp }) => `${stamp.version} ${stamp.hash}`).join(', ')
  throw new ResourceMissing(`actor type '${type}' with the structure hash '${hash}': this build has ${known}`)
}
