import { Badge, type Tone } from '../components/badge.tsx'

const tones: Readonly<Record<string, Tone>> = {
  pending: 'plain',
  running: 'good',
  waiting: 'warn',
  completed: 'accent',
  succeeded: 'accent',
  failed: 'bad',
  cancelled: 'plain',
}

/** Of a task, or of one agent's work for it. */
export const TaskBadge = ({ status }: { readonly status: string }) => (
  <Badge tone={Object.hasOwn(tones, status) ? (tones[status] ?? 'plain') : 'plain'} dot={status === 'running'}>
    {status === 'waiting' ? 'waits for a person' : status}
  </Badge>
)
