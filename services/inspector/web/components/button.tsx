import type { ComponentChildren } from 'preact'
import type { IconName } from '../icons.ts'
import { openedExport, readOnlyReason } from '../offline/source.ts'
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
  /** It does something in the running system: in an export it is disabled, and says why. */
  readonly acts?: boolean
  readonly onClick?: () => void
  readonly children?: ComponentChildren
}

export const Button = (props: ButtonProps) => {
  const { icon, label, title, kind, pressed, disabled, expanded, submit = false, acts = false, onClick, children } = props
  const isKept = acts && openedExport.value !== undefined
  return (
    <button
      type={submit ? 'submit' : 'button'}
      class={`button ${kind ?? ''}`}
      aria-label={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      title={isKept ? readOnlyReason : (title ?? label)}
      disabled={disabled || isKept}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  )
}
