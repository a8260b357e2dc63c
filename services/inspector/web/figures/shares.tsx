/** One whole in parts: a bar, and each part with its name and what it is. */
export interface Share {
  readonly name: string
  readonly tone: string
  readonly value: number
  readonly text: string
  readonly path?: string
}

export function Shares({ label, shares }: { readonly label: string; readonly shares: readonly Share[] }) {
  const sum = shares.reduce((all, { value }) => all + value, 0)
  let from = 0
  return (
    <div class="shares">
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" width="100%" height="9" role="img" aria-label={label}>
        {sum > 0 &&
          shares.map(({ name, tone, value }) => {
            const width = (value / sum) * 100
            const x = from
            from += width
            return <rect key={name} class={`of-${tone}`} x={x} y="0" width={Math.max(0, width - 0.4)} height="8" />
          })}
      </svg>
      <dl>
        {shares.map(({ name, tone, text, path }) => (
          <div key={name}>
            <dt>
              <span class={`swatch of-${tone}`} aria-hidden="true" />
              {path === undefined ? name : <a href={path}>{name}</a>}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
