// Children
// What a child is and where it lives: its address names its parent, its id and its incarnation, so it is the same on every worker.
import { createHash } from 'node:crypto'
import { actorId, keyBytesMax, parseActorId, type ActorId } from '../../machines/address.ts'
import type { ActorDefinition } from '../define-actor.ts'
import type { NameChild } from './scope.ts'
import type { Host } from './turn.ts'

const digestLength = 32

/** Actor: `<tenant>/<child type>/<parent type>:<parent key>/<id>.<n>`. Effect: `<parent address>#<id>.<n>`, its idempotency key. */
export const childNamer =
  (definition: ActorDefinition): NameChild =>
  (parent, src, id, n) =>
    isEffect(definition, src) ? `${parent}#${id}.${n}` : childAddress(definition, parent, src, `${id}.${n}`)

/** The address of a child of an incarnation. */
export const childNameOf = (
  { definition }: Host,
  parent: ActorId,
  { src, id, n }: { readonly src: string; readonly id: string; readonly n: number },
): string => childNamer(definition)(parent, src, id, n)

export const isEffect = (definition: ActorDefinition, src: string): boolean => !Object.hasOwn(definition.children, src)

function childAddress(definition: ActorDefinition, parent: ActorId, src: string, incarnation: string): ActorId {
  const at = parseActorId(parent)
  const child = definition.children[src]
  if (!at || !child) throw new Error(`${parent} cannot have a child '${src}'`)
  return actorId(at.tenant, child.name, fitKey(`${at.type}:${at.key}/${incarnation}`))
}

/** The key itself when it fits, else its head and a digest of the whole. */
function fitKey(key: string): string {
  if (Buffer.byteLength(key) <= keyBytesMax) return key
  const head = Buffer.from(key)
    .subarray(0, keyBytesMax - digestLength - 1)
    .toString()
    .replace(/\uFFFD+$/, '') // no half character
  return `${head}~${createHash('sha256').update(key).digest('hex').slice(0, digestLength)}`
}
