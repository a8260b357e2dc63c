// Compare button
// From the page of an actor to its comparison: a fork's with its original, any other's with one that is asked for.
import { useState } from 'preact/hooks'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { keyOf } from '../format.ts'
import { go } from '../router.ts'
import type { AgentView } from '../agent/view.ts'
import { ChooseRuns } from './choose-view.tsx'
import { comparePath, runText } from './run-name.ts'

export function CompareButton({ view: { store } }: { readonly view: AgentView }) {
  const [isOpen, setOpen] = useState(false)
  const { actor } = store.known
  const shown = store.shown.value
  const fork = store.known.moments.value.get(shown?.turn ?? 0)?.fork
  const own = { actor, ...(shown?.isLive === false && { turn: shown.turn }) }
  if (fork)
    return (
      <Button
        icon="compare"
        onClick={() => go(comparePath({ actor: fork.of }, own))}
        title={`It began as a fork of ${keyOf(fork.of)} after turn ${fork.turn}`}
      >
        Compare with its original
      </Button>
    )
  return (
    <>
      <Button icon="compare" label="Compare with another run" onClick={() => setOpen(true)} />
      {isOpen && (
        <Dialog title="Compare with another run" onClose={() => setOpen(false)}>
          <ChooseRuns a={runText(own)} onGo={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  )
}
