import type { ComponentChildren } from 'preact'

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent' | 'violet'

/** A short word about something; `dot` makes it the state of what lives. */
export const Badge = ({
  tone = 'plain',
  dot = false,
  children,
}: {
  readonly tone?: Tone
  readonly dot?: boolean
  readonly children: ComponentChildren
}) => (
  <span class={`badge ${tone}`}>
    {dot && <span class="pulse" aria-hidden="true" />}
    {children}
  </span>
)

/** Of an actor: XState's statuses. */
export const StatusBadge = ({ status }: { readonly status: string }) => {
  const tones: Readonly<Record<string, Tone>> = { active: 'good', done: 'accent', error: 'bad', stopped: 'plain' }
  return (
    <Badge tone={Object.hasOwn(tones, status) ? (tones[status] ?? 'plain') : 'plain'} dot={status === 'active'}>
      {status}
    </Badge>
  )
}
