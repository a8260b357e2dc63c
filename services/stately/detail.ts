// Detail
// The part of a watched turn's detail that Stately's inspector is told; docs/protocol.md has all of it.
import { z } from 'zod'
import { parseActorId, type ActorId } from '../../machines/address.ts'
import type { Patch } from '../../runtime/patch.ts'

export interface TurnDetail {
  readonly message: string
  readonly event: { readonly type: string }
  readonly from?: ActorId | undefined
  readonly version: string
  readonly started: readonly ActorId[]
  /** What changed in the stored state; undefined when a part of it was hidden or cut, so that it cannot be applied. */
  readonly patch: Patch | undefined
}

const shape = z.object({
  message: z.string(),
  event: z.looseObject({ type: z.string() }),
  from: z.string().optional(),
  machine: z.object({ version: z.string() }),
  children: z.object({ started: z.array(z.object({ actor: z.string() })) }),
  patch: z.array(z.tuple([z.enum(['set', 'delete', 'splice', 'text']), z.array(z.union([z.string(), z.number()]))], z.unknown())),
})

/** Undefined: the turn came without detail, as before its owner has heard of the watch. */
export function readDetail(detail: unknown): TurnDetail | undefined {
  const { data } = shape.safeParse(detail)
  if (!data) return undefined
  const { message, event, from, machine, children, patch } = data
  return {
    message,
    event,
    from: from === undefined ? undefined : addressed(from)[0],
    version: machine.version,
    started: children.started.flatMap(({ actor }) => addressed(actor)),
    patch: /\[(?:cut: |redacted\])/.test(JSON.stringify(patch)) ? undefined : (patch as unknown as Patch), // made by `diff`; what fits nowhere throws
  }
}

const addressed = (text: string): readonly ActorId[] => (parseActorId(text) ? [text as ActorId] : [])
