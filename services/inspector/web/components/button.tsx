import type { ComponentChildren } from 'preact'
import type { IconName } from '../icons.ts'
import { Icon } from './icon.tsx'

export interface ButtonProps {
  readonly icon?: IconName
  /** Needed when there are no words in it. */
  readonly label?: string
  readonly title?: string
  readonly kind?: 'primary' | 'danger' | 'ghost'
  /** A switch that is on or off. */
  readonly pressed?: boolean
  readonly disabled?: boolean
  readonly expanded?: boolean
  readonly submit?: boolean
  readonly onClick?: () => void
  readonly children?: ComponentChildren
}

export const Button = (props: ButtonProps) => {
  const { icon, label, title, kind, pressed, disabled, expanded, submit = false, onClick, children } = props
  return (
    <button
      type={submit ? 'submit' : 'button'}
      class={`button ${kind ?? ''}`}
      aria-label={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      title={title ?? label}
      disabled={disabled}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  )
}
