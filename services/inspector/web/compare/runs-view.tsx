// Runs view
// Two actors of one type on one chart: where they part, what each came to, and what differs at the end.
import { useMemo, useState } from 'preact/hooks'
import { Button } from '../components/button.tsx'
import { Answered } from '../components/states.tsx'
import { keyOf } from '../format.ts'
import { useCrumbs } from '../page.ts'
import { agentPath } from '../place.ts'
import { go } from '../router.ts'
import { useAnswer } from '../use-answer.ts'
import { runFindings, versionFindings } from './findings.ts'
import { MergedChart } from './merged-chart.tsx'
import { RunTables } from './run-tables.tsx'
import { RunTotals } from './run-totals.tsx'
import { comparePath, compareRoute, type RunName } from './run-name.ts'
import type { RunComparison, RunSummary } from './wire.ts'

export function RunsView({ a, b }: { readonly a: RunName; readonly b: RunName }) {
  useCrumbs({ text: `${keyOf(a.actor)} and ${keyOf(b.actor)}` })
  const asked = useAnswer<RunComparison>(compareRoute(a, b))
  return (
    <div class="page compare-page">
      <Answered asked={asked} what="both runs">
        {(compared) => <Compared compared={compared} names={[a, b]} reload={asked.reload} />}
      </Answered>
    </div>
  )
}

interface ComparedProps {
  readonly compared: RunComparison
  readonly names: readonly [RunName, RunName]
  reload(): void
}

function Compared({ compared, names: [a, b], reload }: ComparedProps) {
  const { chart, layout, differences, parts } = compared
  const [selected, select] = useState<string | undefined>()
  const findings = useMemo(() => [...runFindings(parts, chart.root.id), ...versionFindings(differences)], [parts, differences])
  return (
    <>
      <header class="page-head">
        <h1>{headText(compared)}</h1>
        <span class="space" />
        <Button icon="again" onClick={() => go(comparePath(b, a))}>
          The other way round
        </Button>
        <Button onClick={reload} title="Both as they are now, unless a turn is named">
          Compare again
        </Button>
      </header>
      <Parting compared={compared} />
      <RunTotals compared={compared} />
      <MergedChart
        chart={chart}
        layout={layout}
        findings={findings}
        selected={selected}
        select={select}
        none="Both were in the same states and took the same transitions, equally often and about equally long."
      />
      <RunTables compared={compared} selected={selected} select={select} />
    </>
  )
}

function headText({ relation: { kind }, type }: RunComparison): string {
  if (kind === 'b-of-a') return 'An original and its fork'
  if (kind === 'a-of-b') return 'A fork and its original'
  return kind === 'siblings' ? 'Two forks of one moment' : `Two runs of ${type}`
}

/** One sentence, and the way to both moments. */
function Parting({ compared: { parting, relation, a, b } }: { readonly compared: RunComparison }) {
  const { divergence, sentence } = parting
  return (
    <section class={`notice ${divergence ? 'warn' : 'good'} compare-parting`} aria-label="Where they part">
      <p>{sentence}</p>
      {relation.diverged !== undefined && <p>The fork itself says that it diverged with {relation.diverged}.</p>}
      <p class="buttons">
        {divergence?.a && <MomentLink side="A" run={a} turn={divergence.a.turn} />}
        {divergence?.b && <MomentLink side="B" run={b} turn={divergence.b.turn} />}
      </p>
      {notesOf(a, b).map((note) => (
        <p key={note} class="small">
          {note}
        </p>
      ))}
    </section>
  )
}

const MomentLink = ({ side, run: { actor }, turn }: { readonly side: string; readonly run: RunSummary; readonly turn: number }) => (
  <a class="button" href={agentPath(actor, turn)}>
    <span>
      {side} at turn {turn}
    </span>
  </a>
)

const notesOf = (a: RunSummary, b: RunSummary): readonly string[] => [...runNotes('A', a), ...runNotes('B', b)]

const runNotes = (name: string, { isCut, to, isForeign, version, untold }: RunSummary): readonly string[] => [
  ...(isCut ? [`${name} has more turns: it is compared up to turn ${to}.`] : []),
  ...(isForeign ? [`${name} ran on version ${version}, which this build does not have: it is drawn on the newest.`] : []),
  ...(untold === undefined ? [] : [`Of ${name} only events and states are known: ${untold}.`]),
]
