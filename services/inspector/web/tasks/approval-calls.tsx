// Approval calls
// The calls of tools that wait for a person: as they are, or as a form made of the tool's schema.
import { SchemaForm } from '../components/schema-form.tsx'
import { Badge } from '../components/badge.tsx'
import type { Fields } from '../components/schema-fields.ts'
import type { ApprovalCall } from './wire.ts'

/** What a person wrote for one call, and which of its fields cannot be read yet. */
export interface CallDraft {
  readonly value: Fields
  readonly faults: ReadonlyMap<string, string>
}
export type Drafts = ReadonlyMap<string, CallDraft>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields that a person gave another value. */
export function changedFields({ arguments: asked }: ApprovalCall, draft: CallDraft | undefined): readonly string[] {
  if (!draft || !isFields(asked)) return []
  const names = new Set([...Object.keys(asked), ...Object.keys(draft.value)])
  return [...names].filter((name) => JSON.stringify(asked[name]) !== JSON.stringify(draft.value[name]))
}

/** By the id of its call; undefined: nothing was changed. */
export function editsIn(calls: readonly ApprovalCall[], drafts: Drafts): Readonly<Record<string, Fields>> | undefined {
  const edits = calls.flatMap((call) => {
    const draft = drafts.get(call.id)
    return draft && changedFields(call, draft).length > 0 ? [[call.id, draft.value] as const] : []
  })
  return edits.length === 0 ? undefined : Object.fromEntries(edits)
}

export interface ApprovalCallsProps {
  readonly calls: readonly ApprovalCall[]
  readonly isEditing: boolean
  readonly drafts: Drafts
  /** What the gateway found wrong, as `editedArgs.<call>.<field>: what`. */
  readonly faults: readonly string[]
  onDrafts(drafts: Drafts): void
}

export const ApprovalCalls = ({ calls, isEditing, drafts, faults, onDrafts }: ApprovalCallsProps) => (
  <>
    {calls.map((call) => {
      const draft = drafts.get(call.id)
      const changed = changedFields(call, draft)
      return (
        <div key={call.id} class="waiting-call">
          <p class="line-head">
            <strong>{call.name}</strong>
            {call.needsApproval === false && <Badge>runs with the others</Badge>}
            {changed.length > 0 && <Badge tone="accent">{`changed: ${changed.join(', ')}`}</Badge>}
          </p>
          {isEditing && isFields(call.arguments) ? (
            <SchemaForm
              schema={call.schema}
              value={draft?.value ?? call.arguments}
              label={`Arguments of ${call.name}`}
              faults={faultsOf(call.id, faults)}
              onChange={(value, unread) => onDrafts(new Map([...drafts, [call.id, { value, faults: unread }]]))}
            />
          ) : (
            <pre class="code-block" tabIndex={0} aria-label={`Arguments of ${call.name}`}>
              {JSON.stringify(draft?.value ?? call.arguments, undefined, 2)}
            </pre>
          )}
        </div>
      )
    })}
  </>
)

/** Those of one call, by the first part of the field they are about. */
function faultsOf(id: string, faults: readonly string[]): ReadonlyMap<string, string> {
  const start = `editedArgs.${id}.`
  const own = faults.filter((fault) => fault.startsWith(start)).map((fault) => fault.slice(start.length))
  return new Map(own.map((fault) => [fault.split(/[.:]/, 1)[0] ?? '', fault.slice(fault.indexOf(': ') + 2)]))
}
