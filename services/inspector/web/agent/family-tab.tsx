// Family tab
// The supervision tree around the actor: who restarts it and how, whom it restarts, what each does now. Another actor of it is one click away.
import { Badge } from '../components/badge.tsx'
import { Icon } from '../components/icon.tsx'
import { Answered } from '../components/states.tsx'
import { actorPath } from '../api.ts'
import { durationText, keyOf, shortened, typeOf } from '../format.ts'
import { nowMs } from '../offline/source.ts'
import { agentPath } from '../place.ts'
import { useAnswer } from '../use-answer.ts'
import type { Family, FamilyMember } from '../wire.ts'
import { leafText } from './state-value.ts'
import type { AgentView } from './view.ts'

const everyMs = 3_000
const keyShown = 28

export function FamilyTab({ view: { store } }: { readonly view: AgentView }) {
  const asked = useAnswer<Family>(`${actorPath(store.known.actor)}/family`, { everyMs })
  const then = store.shown.value
  return (
    <>
      <section class="part">
        <h2>Supervision tree</h2>
        <Answered asked={asked} what="its family">
          {({ members, isWhole }) => (
            <>
              <ul class="family" aria-label="Supervision tree">
                {members.map((member) => (
                  <Member key={`${member.parent ?? ''} ${member.id ?? ''} ${member.actor}`} member={member} />
                ))}
              </ul>
              {members.length === 1 && <p class="muted">It has no supervisor but its partition's owner, and no children now.</p>}
              {!isWhole && <p class="muted">There are more than these.</p>}
            </>
          )}
        </Answered>
      </section>
      {then?.isLive === false && <ChildrenThen children={then.children ?? {}} turn={then.turn} />}
    </>
  )
}

/** What tells it from its siblings; the rest of its address is its title. */
const nameOf = (actor: string): string => keyOf(actor).split('/').at(-1) ?? actor

const titleOf = ({ actor, intensity, strategy, restart }: FamilyMember): string =>
  intensity ? `${actor}: ${strategy}, ${restart}, at most ${intensity.restarts} restarts in ${durationText(intensity.withinMs)}` : actor

function Member({ member }: { readonly member: FamilyMember }) {
  const { actor, kind, id, depth, self = false } = member
  return (
    <li
      aria-current={self ? 'true' : undefined}
      class={self ? 'self' : ''}
      style={{ paddingLeft: `${depth * 14}px` }}
      title={titleOf(member)}
    >
      <Icon name={kind === 'actor' ? 'agents' : 'tool'} />
      {kind === 'effect' ? (
        <span class="name">{id}</span>
      ) : self ? (
        <strong class="name">{shortened(nameOf(actor), keyShown)}</strong>
      ) : (
        <a class="name" href={agentPath(actor)}>
          {shortened(nameOf(actor), keyShown)}
        </a>
      )}
      <span class="muted what">{kind === 'effect' ? '' : typeOf(actor)}</span>
      <Doing member={member} />
    </li>
  )
}

function Doing({
  member: { kind, state, status, held, at, restarts = 0, failures = 0, ended, strategy },
}: {
  readonly member: FamilyMember
}) {
  if (kind === 'effect')
    return (
      <span class="doing">
        {ended ? (
          <span class="muted">ended</span>
        ) : (
          <Badge tone="violet">runs{at === undefined ? '' : ` ${durationText(Math.max(0, nowMs() - at))}`}</Badge>
        )}
      </span>
    )
  const isOver = status !== undefined && status !== 'active'
  return (
    <span class="doing">
      {restarts > 0 && <Badge tone="warn">restarted ×{restarts}</Badge>}
      {failures > 0 && <Badge tone="bad">{failures} failed</Badge>}
      {held && <Badge tone="warn">held</Badge>}
      <span class={isOver ? 'muted' : 'lives'}>{shortened(leafText(state), keyShown) || status}</span>
      <span class="muted strategy">{strategy?.replaceAll('_', ' ')}</span>
    </span>
  )
}

/** What the moment that is shown says, which the tree of now does not. */
const ChildrenThen = ({
  children,
  turn,
}: {
  readonly children: Readonly<Record<string, { readonly kind: string; readonly address: string; readonly ended?: boolean }>>
  readonly turn: number
}) => (
  <section class="part">
    <h2>Children at turn {turn}</h2>
    {Object.keys(children).length === 0 && <p class="muted">It had none.</p>}
    <ul class="family">
      {Object.entries(children).map(([id, { kind, address, ended }]) => (
        <li key={id}>
          <Icon name={kind === 'actor' ? 'agents' : 'tool'} />
          {kind === 'actor' ? (
            <a class="name" href={agentPath(address)}>
              {id}
            </a>
          ) : (
            <span class="name">{id}</span>
          )}
          <span class="doing muted">{ended ? 'ended' : kind === 'actor' ? 'lived' : 'ran'}</span>
        </li>
      ))}
    </ul>
  </section>
)
