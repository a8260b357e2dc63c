import { icons, type IconName } from '../icons.ts'

/** Never alone: the words beside it, or the label of its button, say what it means. */
export const Icon = ({ name, size = 14 }: { readonly name: IconName; readonly size?: number }) => (
  <svg class="icon" width={size} height={size} viewBox="0 0 12 12" aria-hidden="true">
    <path d={icons[name]} />
  </svg>
)
