import { useState } from 'preact/hooks'
import { Tabs } from '../components/tabs.tsx'
import type { AgentView } from './view.ts'
import { CallsTab } from './calls-tab.tsx'
import { ChildrenTab, TimersTab } from './children-tab.tsx'
import { ContextTab } from './context-tab.tsx'
import { MailboxTab } from './mailbox-tab.tsx'

/** Beside the chart: everything about the moment that is shown. */
export function Side({ view }: { readonly view: AgentView }) {
  const [chosen, choose] = useState('context')
  const { calls } = view.store.known
  const { waiting = [], children = {}, timers = {} } = view.store.shown.value ?? {}
  return (
    <aside class="side" aria-label="Inspector">
      <Tabs
        label="Inspector"
        chosen={chosen}
        onChoose={choose}
        tabs={[
          { id: 'context', label: 'Context', view: () => <ContextTab view={view} /> },
          { id: 'mailbox', label: 'Mailbox', count: waiting.length, view: () => <MailboxTab view={view} /> },
          { id: 'llm', label: 'LLM', count: calls.value.llm.length, view: () => <CallsTab calls={calls.value} /> },
          { id: 'children', label: 'Children', count: Object.keys(children).length, view: () => <ChildrenTab view={view} /> },
          { id: 'timers', label: 'Timers', count: Object.keys(timers).length, view: () => <TimersTab view={view} /> },
        ]}
      />
    </aside>
  )
}
