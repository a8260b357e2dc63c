import type { ComponentChildren } from 'preact'

/** A part of a page with a title. */
export const Panel = ({
  title,
  beside,
  children,
}: {
  readonly title: string
  readonly beside?: ComponentChildren
  readonly children: ComponentChildren
}) => (
  <section class="panel" aria-label={title}>
    <header>
      <h2>{title}</h2>
      <span class="space" />
      {beside}
    </header>
    {children}
  </section>
)
