// Agent page
// One actor: what it is, its chart, what happened and why, and what one may do with it.
import { useEffect, useState } from 'preact/hooks'
import { announce } from '../announce.ts'
import { Failed, Loading } from '../components/states.tsx'
import { keyOf } from '../format.ts'
import { useActions, useCrumbs } from '../page.ts'
import { AgentHeader } from './agent-header.tsx'
import { Bottom } from './bottom.tsx'
import { ChartPanel } from './chart-panel.tsx'
import { hold, release, step } from './debugging.ts'
import { ForkDialog } from './fork-dialog.tsx'
import { eventText } from './history.ts'
import { SendDialog } from './send-dialog.tsx'
import { Side } from './side.tsx'
import { stateText } from './state-value.ts'
import { ignoreAbort, openAgent, type AgentStore } from './store.ts'
import { copyLink, type AgentView, type Open } from './view.ts'

export function AgentPage({ id }: { readonly id: string }) {
  const [store] = useState(() => openAgent(id))
  const [selected, select] = useState<string | undefined>()
  const [open, setOpen] = useState<Open>()
  useEffect(() => () => store.close(), [store])
  useCrumbs({ text: id })
  useSpoken(store)
  const view: AgentView = { store, selected, select, open: setOpen }
  usePageActions(view)
  const { now, problem } = store.known
  if (!now.value && !store.shown.value)
    return problem.value ? (
      <Failed problem={problem.value} onRetry={() => void store.refresh().catch(ignoreAbort)} />
    ) : (
      <Loading what={keyOf(id)} />
    )
  return (
    <div class="agent">
      <AgentHeader view={view} />
      <ChartPanel view={view} />
      <Bottom view={view} />
      <Side view={view} />
      {open?.dialog === 'send' && (
        <SendDialog store={store} {...(open.event !== undefined && { first: open.event })} onClose={() => setOpen(undefined)} />
      )}
      {open?.dialog === 'fork' && <ForkDialog store={store} onClose={() => setOpen(undefined)} />}
    </div>
  )
}

/** Who cannot see the chart hears where the actor goes. */
function useSpoken({ known: { arrived } }: AgentStore): void {
  const newest = arrived.value.at(-1)
  useEffect(() => {
    if (newest) announce(`${eventText(newest.event)}: ${stateText(newest.value)}`)
  }, [newest])
}

function usePageActions({ store, open }: AgentView): void {
  const shown = store.shown.value
  const isHeld = store.known.now.value?.hold?.held === true
  const turn = shown?.turn ?? 0
  useActions([
    { id: 'send', label: 'Send an event to this actor', icon: 'send', run: () => open({ dialog: 'send' }) },
    ...(isHeld
      ? [
          { id: 'step', label: 'Step: let one message through', icon: 'step' as const, run: () => void step(store) },
          { id: 'release', label: 'Release this actor', icon: 'play' as const, run: () => void release(store) },
        ]
      : [{ id: 'hold', label: 'Hold this actor', icon: 'pause' as const, run: () => void hold(store) }]),
    { id: 'fork', label: `Fork from turn ${turn}`, icon: 'fork', run: () => open({ dialog: 'fork' }) },
    { id: 'before', label: 'Go to the turn before', icon: 'right', run: () => store.jump(Math.max(store.known.first.value, turn - 1)) },
    ...(shown?.isLive === false ? [{ id: 'live', label: 'Return to live', icon: 'play' as const, run: () => store.jump(undefined) }] : []),
    { id: 'link', label: 'Copy a link to this moment', icon: 'link', run: () => void copyLink(store) },
  ])
}
