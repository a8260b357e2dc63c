// Machine side
// What the chart shows, as figures: states with the actors in them and how long they stay, transitions with how often they are taken and fail.
import { edgeName } from '../chart/edge-name.ts'
import { pathText, type ChartTree } from '../chart/tree.ts'
import { Badge } from '../components/badge.tsx'
import { Failed } from '../components/states.tsx'
import { clockText, countText, durationText, plural } from '../format.ts'
import { pathOf } from '../place.ts'
import { BreakpointsPart } from './breakpoints-part.tsx'
import type { MachineView } from './view.ts'
import type { EdgeHeat, MachineHeat, StateHeat, VersionCount } from './wire.ts'

const times = [
  ['15', '15 minutes'],
  ['60', 'hour'],
  ['1440', 'day'],
  ['10080', 'week'],
] as const

export function MachineSide({ view }: { readonly view: MachineView }) {
  const { heat, minutes, change } = view
  if (!heat.value) return heat.problem ? <Failed problem={heat.problem} onRetry={heat.reload} /> : null
  const { sample, elsewhere } = heat.value
  return (
    <aside class="side machine-side" aria-label="What the fleet does">
      <section class="part">
        <h2>
          <span>The last</span>
          <select
            class="field"
            aria-label="How far back"
            value={minutes}
            onChange={(event) => change({ minutes: event.currentTarget.value })}
          >
            {times.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </h2>
        <p class="muted">{sampleText(sample)}</p>
        {elsewhere > 0 && (
          <p>
            <Badge tone="warn">{plural(elsewhere, 'actor')}</Badge> in states that this version does not have
          </p>
        )}
      </section>
      <BreakpointsPart view={view} />
      <States view={view} heat={heat.value} />
      <Versions view={view} counts={heat.value.versions} />
      <Transitions tree={view.drawn.tree} edges={heat.value.edges} />
    </aside>
  )
}

const sampleText = ({ since, actors, turns, actorsMax, turnsMax, unexplained }: MachineHeat['sample']): string => {
  const all = `Times and transitions are of ${plural(turns, 'turn')} of ${plural(actors, 'actor')} since ${clockText(since, { ms: false })}`
  const bound = actors >= actorsMax ? `, the ${actorsMax} that moved last, at most ${turnsMax} turns each` : ''
  const rest = unexplained > 0 ? ` ${plural(unexplained, 'turn')} of another version, or after a restart, are not counted.` : ''
  return `${all}${bound}.${rest}`
}

function States({ view: { machine, drawn, selected, select }, heat }: { readonly view: MachineView; readonly heat: MachineHeat }) {
  const { tree } = drawn
  const rows = heat.states
    .filter(({ state }) => state !== tree.root && (tree.places.get(state)?.node.states.length ?? 0) === 0)
    .toSorted((one, other) => other.active - one.active || other.totalMs - one.totalMs || other.actors - one.actors)
  return (
    <section class="part">
      <h2>States</h2>
      {rows.length === 0 ? (
        <p class="muted">No actor of this type is known.</p>
      ) : (
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">state</th>
              <th scope="col">active</th>
              <th scope="col">all</th>
              <th scope="col">p50</th>
              <th scope="col">p95</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <StateRow
                key={row.state}
                row={row}
                path={pathText(tree, row.state)}
                type={machine.type}
                chosen={row.state === selected}
                select={select}
              />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

interface StateRowProps {
  readonly row: StateHeat
  readonly path: string
  readonly type: string
  readonly chosen: boolean
  select(state: string): void
}

const StateRow = ({ row: { state, actors, active, p50Ms, p95Ms }, path, type, chosen, select }: StateRowProps) => (
  <tr aria-current={chosen ? 'true' : undefined}>
    <td>
      <button type="button" class="plain-link" onClick={() => select(state)}>
        {path}
      </button>
    </td>
    <td>
      {active > 0 ? <a href={pathOf({ page: 'agents', query: { type, state: path, status: 'active' } })}>{countText(active)}</a> : '0'}
    </td>
    <td>{actors > 0 ? <a href={pathOf({ page: 'agents', query: { type, state: path } })}>{countText(actors)}</a> : '0'}</td>
    <td>{p50Ms === undefined ? '–' : durationText(p50Ms)}</td>
    <td>{p95Ms === undefined ? '–' : durationText(p95Ms)}</td>
  </tr>
)

function Versions({ view: { machine, drawn, change }, counts }: { readonly view: MachineView; readonly counts: readonly VersionCount[] }) {
  const hosted = [{ version: machine.version, hash: machine.hash }, ...machine.earlier].map(({ version, hash }) => {
    const { actors = 0, active = 0 } = counts.find((one) => one.hash === hash) ?? {}
    return { hash, name: `${version}@${hash.slice(0, 6)}`, actors, active, isHosted: true }
  })
  const others = counts
    .filter(({ hash }) => !hosted.some((one) => one.hash === hash))
    .map(({ hash = '', actors, active }) => ({
      hash,
      name: hash === '' ? 'not known' : `@${hash.slice(0, 6)}`,
      actors,
      active,
      isHosted: false,
    }))
  return (
    <section class="part">
      <h2>Versions</h2>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">machine</th>
            <th scope="col">active</th>
            <th scope="col">all</th>
          </tr>
        </thead>
        <tbody>
          {[...hosted, ...others].map(({ hash, name, actors, active, isHosted }) => (
            <tr key={hash} aria-current={hash === drawn.chart.hash ? 'true' : undefined}>
              <td>
                {isHosted ? (
                  <button type="button" class="plain-link" onClick={() => change({ hash: hash === machine.hash ? '' : hash })}>
                    {name}
                  </button>
                ) : (
                  <>
                    {name} {hash !== '' && <Badge tone="warn">not hosted</Badge>}
                  </>
                )}
              </td>
              <td>{countText(active)}</td>
              <td>{countText(actors)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const transitionsShown = 40

function Transitions({ tree, edges }: { readonly tree: ChartTree; readonly edges: readonly EdgeHeat[] }) {
  const rows = edges.toSorted((one, other) => other.failed - one.failed || other.taken - one.taken)
  return (
    <section class="part">
      <h2>Transitions</h2>
      {rows.length === 0 ? (
        <p class="muted">None was taken in this time.</p>
      ) : (
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">transition</th>
              <th scope="col">taken</th>
              <th scope="col">failed</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, transitionsShown).map(({ edge, taken, failed }) => (
              <tr key={edge}>
                <td>{edgeText(tree, edge)}</td>
                <td>{countText(taken)}</td>
                <td class={failed > 0 ? 'bad' : ''}>{countText(failed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rows.length > transitionsShown && <p class="muted">{`The chart has the other ${rows.length - transitionsShown}.`}</p>}
    </section>
  )
}

function edgeText(tree: ChartTree, edge: string): string {
  const { transition, source } = tree.edges.get(edge) ?? {}
  if (!transition || source === undefined) return edge
  const to = transition.targets.map((target) => tree.places.get(target)?.node.key ?? target).join(', ')
  const key = tree.places.get(source)?.node.key ?? source
  return `${key}: ${edgeName(tree, edge)}${transition.guard === undefined ? '' : ` [${transition.guard}]`}${to === '' ? '' : ` → ${to}`}`
}
