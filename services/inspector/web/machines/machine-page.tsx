// Machine page
// One actor type: its chart with what the fleet does in it, the versions that are hosted, and what the lint found.
import { useState } from 'preact/hooks'
import { queryOf } from '../api.ts'
import { treeOf, type DrawnChart } from '../chart/tree.ts'
import { Answered, Loading } from '../components/states.tsx'
import { useLive } from '../live.ts'
import { useCrumbs } from '../page.ts'
import { pathOf, type Place } from '../place.ts'
import { go } from '../router.ts'
import { useAnswer, type Asked } from '../use-answer.ts'
import { useAtMostEvery } from '../use-rows.ts'
import type { Chart, Drawing, Finding } from '../wire.ts'
import { useTypeBreakpoints } from './breakpoints.ts'
import { heatBys } from './heat-marks.ts'
import { MachineChart } from './machine-chart.tsx'
import { MachineHeader } from './machine-header.tsx'
import { MachineSide } from './machine-side.tsx'
import type { MachineView } from './view.ts'
import type { MachineHeat, MachineRow } from './wire.ts'

const everyMs = 10_000
const reloadMs = 2_500
const minutesDefault = '60'

export function MachinePage({ id, place: { query } }: { readonly id: string; readonly place: Place }) {
  const { hash, minutes = minutesDefault, by = 'actors' } = query
  const [selected, select] = useState<string | undefined>()
  useCrumbs({ text: id })
  const path = `/machines/${encodeURIComponent(id)}`
  const machine = useAnswer<MachineRow>(path)
  const heat = useAnswer<MachineHeat>(`${path}/heat${queryOf({ hash, minutes })}`, { everyMs })
  const drawn = useDrawn(path, hash)
  const lint = useAnswer<{ readonly findings: readonly Finding[] }>(`${path}/lint${queryOf({ hash })}`)
  const breakpoints = useTypeBreakpoints(id)
  const reload = useAtMostEvery(reloadMs, heat.reload)
  useLive(`machine/${id}`, reload)
  const change = (more: Readonly<Record<string, string>>): void => {
    const kept = Object.fromEntries(Object.entries({ ...query, ...more }).filter(([, value]) => value !== ''))
    go(pathOf({ page: 'machines', id, query: kept }), { replace: true })
  }
  return (
    <Answered asked={machine} what={id}>
      {(row) => (
        <Answered asked={drawn} what="the chart">
          {(chart) => {
            const view: MachineView = {
              machine: row,
              drawn: chart,
              findings: lint.value?.findings ?? [],
              heat,
              breakpoints,
              minutes,
              by: heatBys.find((one) => one === by) ?? 'actors',
              selected,
              select,
              change,
            }
            return (
              <div class="machine">
                <MachineHeader view={view} />
                <MachineChart view={view} />
                {heat.value || heat.problem ? <MachineSide view={view} /> : <Loading what="what the fleet does in it" />}
              </div>
            )
          }}
        </Answered>
      )}
    </Answered>
  )
}

/** Both halves of a chart are one answer: the element needs them together. */
function useDrawn(path: string, hash: string | undefined): Asked<DrawnChart> {
  const chart = useAnswer<Chart>(`${path}/chart${queryOf({ hash })}`)
  const drawing = useAnswer<Drawing>(`${path}/layout${queryOf({ hash })}`)
  const [kept, keep] = useState<DrawnChart | undefined>()
  if (chart.value && drawing.value && (kept?.chart !== chart.value || kept.drawing !== drawing.value))
    keep({ chart: chart.value, drawing: drawing.value, tree: treeOf(chart.value) })
  const problem = chart.problem ?? drawing.problem
  return {
    loading: chart.loading || drawing.loading,
    ...(kept && { value: kept }),
    ...(problem && { problem }),
    reload: () => {
      chart.reload()
      drawing.reload()
    },
  }
}
