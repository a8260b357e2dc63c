// Tabs as the ARIA practices have them: one stop, arrows move between them, the panel is named by its tab.
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

export interface Tab {
  readonly id: string
  readonly label: string
  readonly count?: number
  readonly view: () => ComponentChildren
}

export interface TabsProps {
  readonly label: string
  readonly tabs: readonly Tab[]
  readonly chosen: string
  onChoose(id: string): void
  /** On the right of the tabs. */
  readonly beside?: ComponentChildren
}

export function Tabs({ label, tabs, chosen, onChoose, beside }: TabsProps) {
  const base = useId()
  const current = tabs.find(({ id }) => id === chosen) ?? tabs[0]
  const onKeyDown = (event: KeyboardEvent): void => {
    const next =
      tabs[
        nextIndex(
          event.key,
          tabs.findIndex((tab) => tab === current),
          tabs.length,
        )
      ]
    if (!next) return
    event.preventDefault()
    onChoose(next.id)
    document.getElementById(`${base}-${next.id}`)?.focus()
  }
  return (
    <div class="tabbed">
      <div class="tabs-bar">
        <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
          {tabs.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              id={`${base}-${tab.id}`}
              aria-selected={tab === current}
              aria-controls={`${base}-panel`}
              tabIndex={tab === current ? 0 : -1}
              onClick={() => onChoose(tab.id)}
            >
              {tab.label}
              {tab.count !== undefined && <span class="count">{tab.count}</span>}
            </button>
          ))}
        </div>
        {beside}
      </div>
      {current && (
        <div class="tab-panel" role="tabpanel" id={`${base}-panel`} aria-labelledby={`${base}-${current.id}`} tabIndex={0}>
          {current.view()}
        </div>
      )}
    </div>
  )
}

function nextIndex(key: string, at: number, count: number): number {
  if (key === 'ArrowRight') return (at + 1) % count
  if (key === 'ArrowLeft') return (at + count - 1) % count
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : -1
}
