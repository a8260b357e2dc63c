import { useState } from 'preact/hooks'
import { Tabs } from '../components/tabs.tsx'
import { lazily } from '../lazily.tsx'
import type { AgentView } from './view.ts'
import { ContextTab } from './context-tab.tsx'
import { mayUseMemory } from './memory.ts'
import { TimersTab } from './timers-tab.tsx'

const CallsTab = lazily('calls', async () => (await import('./calls-tab.tsx')).CallsTab)
const FamilyTab = lazily('its family', async () => (await import('./family-tab.tsx')).FamilyTab)
const MailboxTab = lazily('its mailbox', async () => (await import('./mailbox-tab.tsx')).MailboxTab)
const MemoryTab = lazily('what it found', async () => (await import('./memory-tab.tsx')).MemoryTab)

/** Nothing is not counted: six tabs have little room. */
const some = (count: number): { readonly count?: number } => (count === 0 ? {} : { count })

/** Beside the chart: everything about the moment that is shown. */
export function Side({ view }: { readonly view: AgentView }) {
  const [chosen, choose] = useState('context')
  const { llm, effects } = view.store.known.calls.value
  const { waiting = [], children = {}, timers = {} } = view.store.shown.value ?? {}
  return (
    <aside class="side" aria-label="Inspector">
      <Tabs
        label="Inspector"
        chosen={chosen}
        onChoose={choose}
        tabs={[
          { id: 'context', label: 'Context', view: () => <ContextTab view={view} /> },
          { id: 'mailbox', label: 'Mailbox', ...some(waiting.length), view: () => <MailboxTab view={view} /> },
          { id: 'llm', label: 'LLM', ...some(llm.length), view: () => <CallsTab view={view} /> },
          { id: 'memory', label: 'Memory', ...some(effects.filter(mayUseMemory).length), view: () => <MemoryTab view={view} /> },
          { id: 'children', label: 'Children', ...some(Object.keys(children).length), view: () => <FamilyTab view={view} /> },
          { id: 'timers', label: 'Timers', ...some(Object.keys(timers).length), view: () => <TimersTab view={view} /> },
        ]}
      />
    </aside>
  )
}
