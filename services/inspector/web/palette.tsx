// Palette
// Ctrl-K or Cmd-K: go to a page, an actor, a task, or do what the page offers. A combobox over one list (ARIA practices).
import { signal } from '@preact/signals'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { get, queryOf } from './api.ts'
import { Icon } from './components/icon.tsx'
import { chooseExport } from './offline/drop.ts'
import { isOffered, openedExport } from './offline/source.ts'
import { found, type Choice } from './palette-choices.ts'
import { actions } from './page.ts'
import { pages } from './pages/index.ts'
import { agentPath, pathOf } from './place.ts'
import { go, leaveExport } from './router.ts'
import { nextTheme } from './theme.ts'
import type { ActorRow, Rows } from './wire.ts'

const isOpen = signal(false)
export const openPalette = (): void => {
  isOpen.value = true
}

const actorsMax = 8
const typingMs = 150

export function startPalette(): void {
  addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    isOpen.value = !isOpen.value
  })
}

export const Palette = () => (isOpen.value ? <PaletteDialog /> : null)

function PaletteDialog() {
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const dialog = useRef<HTMLDialogElement>(null)
  const actors = useActors(words)
  const choices = useMemo(() => found(words, [...ownChoices(), ...actors]), [words, actors])
  const chosen = Math.min(at, choices.length - 1)
  useEffect(() => dialog.current?.showModal(), [])
  const run = (choice: Choice | undefined): void => {
    if (!choice) return
    dialog.current?.close()
    choice.run()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: choices.length - 1 }
    const step = Object.hasOwn(steps, event.key) ? steps[event.key] : undefined
    if (event.key === 'Enter') run(choices[chosen])
    if (step === undefined || choices.length === 0) return
    event.preventDefault()
    setAt((chosen + step) % choices.length)
  }
  return (
    <dialog class="dialog palette" ref={dialog} aria-label="Go to or do" onClose={() => (isOpen.value = false)} onClick={closeBeside}>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={choices[chosen] ? `palette-${chosen}` : undefined}
        aria-label="Page, actor id, task id or action"
        placeholder="Page, actor id, task id or action"
        value={words}
        onInput={(event) => {
          setWords(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-list" role="listbox" aria-label="Found">
        {choices.map((choice, index) => (
          <li
            key={choice.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => run(choice)}
            onPointerMove={() => setAt(index)}
          >
            <Icon name={choice.icon} />
            <span>{choice.label}</span>
            <span class="muted">{choice.hint}</span>
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p class="muted palette-none">Nothing is called that.</p>}
    </dialog>
  )
}

function closeBeside({ target, currentTarget }: { readonly target: EventTarget | null; readonly currentTarget: HTMLDialogElement }): void {
  if (target === currentTarget) currentTarget.close()
}

const ownChoices = (): readonly Choice[] => [
  ...actions.value
    .filter(({ acts = false }) => !acts || !openedExport.value)
    .map(({ id, label, keys = '', icon = 'right', run }) => ({ id: `action-${id}`, label, hint: keys, icon, run })),
  ...pages.filter(isOffered).map(({ path, title, icon }) => ({
    id: `page-${path}`,
    label: title,
    hint: 'page',
    icon,
    run: () => go(pathOf({ page: path })),
  })),
  ...exportChoices(),
  { id: 'theme', label: 'Switch between system, dark and light', hint: 'theme', icon: 'moon', run: nextTheme },
]

function exportChoices(): readonly Choice[] {
  const opened = openedExport.value
  if (opened?.isInlined) return []
  if (opened) return [{ id: 'export-close', label: 'Close the export', hint: 'back to what runs', icon: 'close', run: leaveExport }]
  return [{ id: 'export-open', label: 'Open an export…', hint: 'a .json file', icon: 'open', run: chooseExport }]
}

/** An actor's or a task's id may be typed as it is, whether or not the list has it. */
function useActors(words: string): readonly Choice[] {
  const [rows, setRows] = useState<readonly ActorRow[]>([])
  const text = words.trim()
  useEffect(() => {
    setRows([])
    if (text === '') return undefined
    const leaving = new AbortController()
    const ask = async (): Promise<void> => {
      const answer = await get<Rows<ActorRow>>(`/actors${queryOf({ q: text, limit: actorsMax })}`, leaving.signal)
      if (answer.ok) setRows(answer.value.rows)
    }
    const timer = setTimeout(() => void ask().catch(() => {}), typingMs)
    return () => {
      leaving.abort()
      clearTimeout(timer)
    }
  }, [text])
  return useMemo(() => {
    const typed = /^[^/\s]+\/[^/\s]+\/.+$/.test(text) && !rows.some(({ actor }) => actor === text) ? [text] : []
    const choices: Choice[] = [...rows.map(({ actor }) => actor), ...typed].map((actor) => ({
      id: `actor-${actor}`,
      label: actor,
      hint: 'actor',
      icon: 'agents',
      run: () => go(agentPath(actor)),
    }))
    const isTaskId = /^\S{3,128}$/.test(text) && !text.includes('/')
    const task: Choice = {
      id: 'task',
      label: `Task ${text}`,
      hint: 'open by id',
      icon: 'tasks',
      run: () => go(pathOf({ page: 'tasks', id: text })),
    }
    return isTaskId ? [...choices, task] : choices
  }, [rows, text])
}
