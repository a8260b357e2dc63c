// What a view shows instead of what it is for: nothing there, not yet there, or why not.
import type { ComponentChildren } from 'preact'
import { adviceOf, type Problem } from '../api.ts'
import type { Asked } from '../use-answer.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

/** `children` say what to do about it. */
export const Empty = ({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) => (
  <div class="nothing">
    <strong>{title}</strong>
    {children !== undefined && <p>{children}</p>}
  </div>
)

export const Loading = ({ what }: { readonly what: string }) => (
  <div class="nothing loading" role="status">
    <span class="spinner" aria-hidden="true" />
    Loading {what}
  </div>
)

export const Failed = ({ problem, onRetry }: { readonly problem: Problem; readonly onRetry?: () => void }) => (
  <div class="nothing failed" role="alert">
    <strong>
      <Icon name="alert" /> {problem.title}
    </strong>
    <p>{problem.detail}</p>
    {problem.faults && problem.faults.length > 1 && (
      <ul>
        {problem.faults.map((fault) => (
          <li key={fault}>{fault}</li>
        ))}
      </ul>
    )}
    <p class="muted">
      <code>{problem.code}</code> {adviceOf(problem)}
    </p>
    {onRetry && (
      <Button icon="again" onClick={onRetry}>
        Try again
      </Button>
    )}
  </div>
)

/** The usual three: `children` show the value, also while it is asked again. */
export function Answered<T>({
  asked,
  what,
  children,
}: {
  readonly asked: Asked<T>
  readonly what: string
  readonly children: (value: T) => ComponentChildren
}) {
  if (asked.value !== undefined) return <>{children(asked.value)}</>
  return asked.problem ? <Failed problem={asked.problem} onRetry={asked.reload} /> : <Loading what={what} />
}
