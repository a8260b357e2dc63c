// Agent page
// One actor: what it is, its chart, what happened and why, and what one may do with it.
import { useEffect, useState } from 'preact/hooks'
import { announce } from '../announce.ts'
import type { Problem } from '../api.ts'
import { Failed, Loading } from '../components/states.tsx'
import { keyOf } from '../format.ts'
import { exportActions } from '../offline/export-button.tsx'
import { liveWord } from '../offline/source.ts'
import { lazily } from '../lazily.tsx'
import { useActions, useCrumbs } from '../page.ts'
import { AgentHeader } from './agent-header.tsx'
import { Bottom } from './bottom.tsx'
import { ChartPanel } from './chart-panel.tsx'
import { hold, release, step } from './debugging.ts'
import { eventText } from './history.ts'
import { Side } from './side.tsx'
import { stateText } from './state-value.ts'
import { ignoreAbort, openAgent, type AgentStore } from './store.ts'
import { copyLink, type AgentView, type Open } from './view.ts'

const ForkDialog = lazily('the fork', async () => (await import('./fork-dialog.tsx')).ForkDialog)
const SendDialog = lazily('the event', async () => (await import('./send-dialog.tsx')).SendDialog)

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
    return problem.value?.status === 404 ? (
      <NotBorn store={store} problem={problem.value} />
    ) : problem.value ? (
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

const lookMs = 5_000

/** It may be born while the page is open: its first turn tells, and so does asking now and then. */
function NotBorn({ store, problem }: { readonly store: AgentStore; readonly problem: Problem }) {
  useEffect(() => {
    const timer = setInterval(() => void store.refresh().catch(ignoreAbort), lookMs)
    return () => clearInterval(timer)
  }, [store])
  return (
    <>
      <Failed problem={problem} />
      <p class="muted part">Should it take its first turn while this is open, it shows here by itself.</p>
    </>
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
    { id: 'send', label: 'Send an event to this actor', icon: 'send', acts: true, run: () => open({ dialog: 'send' }) },
    ...(isHeld
      ? [
          { id: 'step', label: 'Step: let one message through', icon: 'step' as const, acts: true, run: () => void step(store) },
          { id: 'release', label: 'Release this actor', icon: 'play' as const, acts: true, run: () => void release(store) },
        ]
      : [{ id: 'hold', label: 'Hold this actor', icon: 'pause' as const, acts: true, run: () => void hold(store) }]),
    { id: 'fork', label: `Fork from turn ${turn}`, icon: 'fork', acts: true, run: () => open({ dialog: 'fork' }) },
    { id: 'before', label: 'Go to the turn before', icon: 'right', run: () => store.jump(Math.max(store.known.first.value, turn - 1)) },
    ...(shown?.isLive === false
      ? [{ id: 'live', label: `Return to ${liveWord()}`, icon: 'play' as const, run: () => store.jump(undefined) }]
      : []),
    ...exportActions({ kind: 'actor', id: store.known.actor }),
    { id: 'link', label: 'Copy a link to this moment', icon: 'link', run: () => void copyLink(store) },
  ])
}
