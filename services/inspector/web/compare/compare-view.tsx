// Compare view
// The address says what is compared: `?a=…&b=…` two runs, `?type=…&from=…&to=…` two versions; with nothing it asks.
import type { Place } from '../place.ts'
import { ChooseView } from './choose-view.tsx'
import { runNameOf } from './run-name.ts'
import { RunsView } from './runs-view.tsx'
import { VersionsView } from './versions-view.tsx'

export function CompareView({ place: { query } }: { readonly place: Place }) {
  const fields = new Map(Object.entries(query))
  const [a, b, type] = ['a', 'b', 'type'].map((name) => fields.get(name))
  if (a && b) return <RunsView key={`${a} ${b}`} a={runNameOf(a)} b={runNameOf(b)} />
  if (type) return <VersionsView key={type} type={type} from={fields.get('from')} to={fields.get('to')} />
  return <ChooseView {...(a && { a })} />
}
