import { stateText } from './state-value.ts'

/** The gateway's answer to a dry run; what a worker would refuse is a code. */
export interface Rehearsal {
  readonly ok: boolean
  readonly would?: {
    readonly handled?: boolean
    readonly parked?: boolean
    readonly from?: unknown
    readonly to?: unknown
    readonly status?: string
    readonly sends?: readonly { readonly to: string; readonly type: string }[]
    readonly effects?: readonly { readonly src: string }[]
    readonly emits?: readonly string[]
  }
  readonly refused?: { readonly code: string; readonly message: string }
}

/** What an event would do. */
export function Rehearsed({ rehearsal: { ok, would, refused } }: { readonly rehearsal: Rehearsal }) {
  if (!ok || !would)
    return (
      <p class="fault" role="status">
        It would be refused: {refused ? `${refused.code}: ${refused.message}` : whyNot(would)}
      </p>
    )
  const { handled = true, parked, from, to, status, sends = [], effects = [], emits = [] } = would
  const rows: readonly (readonly [string, string])[] = [
    ['goes', `${stateText(from) || '(not born)'} → ${stateText(to) || '(no state)'}`],
    ['then is', status ?? ''],
    ['starts', effects.map(({ src }) => src).join(', ')],
    ['sends', sends.map((send) => `${send.type} to ${send.to}`).join(', ')],
    ['emits', emits.join(', ')],
  ]
  return (
    <div class="would" role="status">
      <strong>
        {parked ? 'It would wait, as the actor does.' : handled ? 'It would work.' : 'It would change nothing: no transition takes it.'}
      </strong>
      <dl class="pairs">
        {rows.map(
          ([name, value]) =>
            value !== '' && (
              <>
                <dt key={name}>{name}</dt>
                <dd>{value}</dd>
              </>
            ),
        )}
      </dl>
    </div>
  )
}

const whyNot = (would: Rehearsal['would']): string =>
  would?.handled === false ? `no transition takes it in ${stateText(would.from) || 'its state'}` : 'no reason was given'
