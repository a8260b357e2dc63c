// Versions view
// Two versions of one machine: what the later one added, removed and changed.
import { useMemo, useState } from 'preact/hooks'
import { queryOf } from '../api.ts'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Answered } from '../components/states.tsx'
import { useCrumbs } from '../page.ts'
import { go } from '../router.ts'
import { useAnswer } from '../use-answer.ts'
import { versionFindings } from './findings.ts'
import { MergedChart } from './merged-chart.tsx'
import { versionsPath } from './run-name.ts'
import type { MachineComparison, Version } from './wire.ts'

export interface VersionsViewProps {
  readonly type: string
  readonly from: string | undefined
  readonly to: string | undefined
}

export function VersionsView({ type, from, to }: VersionsViewProps) {
  useCrumbs({ text: type })
  const asked = useAnswer<MachineComparison>(`/machines/${encodeURIComponent(type)}/compare${queryOf({ from, to })}`)
  return (
    <div class="page compare-page">
      <Answered asked={asked} what={`the versions of ${type}`}>
        {(compared) => <Compared compared={compared} />}
      </Answered>
    </div>
  )
}

function Compared({ compared }: { readonly compared: MachineComparison }) {
  const { type, from, to, versions, counts, chart, layout, differences } = compared
  const [selected, select] = useState<string | undefined>()
  const findings = useMemo(() => versionFindings(differences), [differences])
  return (
    <>
      <header class="page-head">
        <h1>
          {type}: version {from.version} → {to.version}
        </h1>
        <Badge tone="good">{counts.added} added</Badge>
        <Badge tone="bad">{counts.removed} removed</Badge>
        <Badge tone="warn">{counts.changed} changed</Badge>
        <Badge>{counts.same} the same</Badge>
        <span class="space" />
        <VersionChoice label="From" versions={versions} chosen={from} onChoose={(name) => go(versionsPath(type, name, to.version))} />
        <VersionChoice label="To" versions={versions} chosen={to} onChoose={(name) => go(versionsPath(type, from.version, name))} />
        <Button icon="again" onClick={() => go(versionsPath(type, to.version, from.version))}>
          The other way round
        </Button>
      </header>
      <MergedChart
        chart={chart}
        layout={layout}
        findings={findings}
        selected={selected}
        select={select}
        none="Both versions have the same states and transitions. What is inside an action, a guard or an effect is not compared."
      />
    </>
  )
}

interface VersionChoiceProps {
  readonly label: string
  readonly versions: readonly Version[]
  readonly chosen: Version
  onChoose(version: string): void
}

const VersionChoice = ({ label, versions, chosen, onChoose }: VersionChoiceProps) => (
  <label class="compare-version">
    {label}
    <select class="field" value={chosen.version} onChange={(event) => onChoose(event.currentTarget.value)}>
      {versions.map(({ version, hash }) => (
        <option key={version} value={version}>
          {version} · {hash.slice(0, 8)}
        </option>
      ))}
    </select>
  </label>
)
