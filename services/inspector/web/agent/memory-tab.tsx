// Memory tab
// What the actor looked up and what it kept: the question, the collection, the passages in the order they were found, and the turn that took them.
import { Badge } from '../components/badge.tsx'
import { Icon } from '../components/icon.tsx'
import { Json } from '../components/json.tsx'
import { Empty, Loading } from '../components/states.tsx'
import { clockText } from '../format.ts'
import type { EffectRun } from '../wire.ts'
import { useCallDetails } from './call-details.ts'
import { ToTurn } from './calls-tab.tsx'
import { mayUseMemory, memoryUses, type MemoryHit, type MemoryUse } from './memory.ts'
import type { AgentView } from './view.ts'

/** The newest of them: each is a question to the gateway. */
const lookedAtMax = 24

export function MemoryTab({ view }: { readonly view: AgentView }) {
  const ran = view.store.known.calls.value.effects.filter(mayUseMemory).toSorted((one, other) => other.startedAt - one.startedAt)
  const looked = ran.slice(0, lookedAtMax)
  const told = useCallDetails(view.store, looked)
  const uses = looked.flatMap((effect, at) => {
    const one = told[at]
    return one && 'detail' in one ? memoryUses(one.detail).map((use) => ({ effect, use })) : []
  })
  const isWaiting = told.some((one) => one === undefined)
  if (uses.length === 0)
    return isWaiting ? (
      <Loading what="what it found" />
    ) : (
      <Empty title="It has looked nothing up">What it finds in memory, and what it keeps there, shows here.</Empty>
    )
  return (
    <>
      {uses.map(({ effect, use }, at) => (
        <Use key={`${effect.key} ${at}`} view={view} effect={effect} use={use} />
      ))}
      {ran.length > lookedAtMax && <p class="muted part">{ran.length - lookedAtMax} older ones are not listed.</p>}
    </>
  )
}

interface UseProps {
  readonly view: AgentView
  readonly effect: EffectRun
  readonly use: MemoryUse
}

function Use({ view, effect, use: { kind, what, collection, hits, rest } }: UseProps) {
  return (
    <section class="part memory-use">
      <h2>
        <Icon name={kind === 'found' ? 'search' : 'plus'} /> {kind === 'found' ? 'Found' : 'Kept'}{' '}
        <Badge tone="accent">{hits.length}</Badge>
        {collection !== undefined && <Badge>{collection}</Badge>}
      </h2>
      <p class="memory-what">{what}</p>
      <p class="muted">
        {effect.src} · {clockText(effect.startedAt)} <ToTurn view={view} turn={effect.endedTurn ?? effect.startedTurn} />
      </p>
      <ol class="hits">
        {hits.map((hit, at) => (
          <Hit key={`${hit.where} ${at}`} hit={hit} />
        ))}
      </ol>
      {rest !== undefined && <Json value={rest} label="What came back" />}
    </section>
  )
}

const Hit = ({ hit: { where, text } }: { readonly hit: MemoryHit }) => (
  <li>
    {where !== undefined && <code>{where}</code>}
    {text !== '' && <p>{text}</p>}
  </li>
)
