/** How far something is; without a share it only says that it goes on. */
export const Progress = ({
  label,
  share,
  tone = 'accent',
}: {
  readonly label: string
  readonly share?: number
  readonly tone?: 'accent' | 'good' | 'warn' | 'bad'
}) => (
  <progress
    class={`progress ${tone}`}
    aria-label={label}
    max={1}
    value={share === undefined ? undefined : Math.min(1, Math.max(0, share))}
  />
)
