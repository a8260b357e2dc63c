// Fit
// Which version of its definition a stored state runs on: the newest, as it is or migrated; else the one that wrote it, while that is hosted; else none.
//
// F1. Nothing is written and the given state is not changed: it stays what it was until a turn is committed.
// F2. A state counts as fitting only once it is brought to life: a restore that fails is a finding.
// F3. A declared migration is always run, and when it fails the state as it was is not tried on the new version: only its author knows what the context means.
import type { ActorId } from '../../machines/address.ts'
import type { ActorDefinition } from '../define-actor.ts'
import { check } from './check.ts'
import { migrate } from './migrate.ts'
import { prepare } from './prepare.ts'
import { fromStored } from './restore.ts'
import type { StoredChart } from './stored.ts'
import type { Host, Living } from './turn.ts'

export type Fitting =
  | { readonly kind: 'fits' | 'migrated'; readonly host: Host; readonly living: Living }
  /** On an earlier version; `findings`: why not on the newest. */
  | { readonly kind: 'pinned'; readonly host: Host; readonly living: Living; readonly findings: readonly string[] }
  | { readonly kind: 'unfit'; readonly findings: readonly string[] }

export function fit(newest: Host, actor: ActorId, stored: StoredChart): Fitting {
  const fitting = onNewest(newest, actor, stored)
  if (fitting.kind !== 'unfit') return fitting
  const { version } = stored.definition
  const own = earlierHosts(newest.definition).find(({ stamp }) => stamp.version === version)
  if (!own) return fitting
  const pinned = asItIs(own, actor, stored)
  if (pinned.kind === 'unfit')
    return { kind: 'unfit', findings: [...fitting.findings, ...pinned.findings.map((finding) => `on version ${version}: ${finding}`)] }
  return { ...pinned, kind: 'pinned', findings: fitting.findings }
}

/** Every earlier version that is hosted with a definition, the latest first. */
export const earlierVersions = ({ previous }: ActorDefinition): readonly ActorDefinition[] =>
  previous.flatMap((definition) => [definition, ...earlierVersions(definition)])

const earlierHosts = (definition: ActorDefinition): readonly Host[] => earlierVersions(definition).map(prepare)

type OnOne = Exclude<Fitting, { readonly kind: 'pinned' }>

function onNewest(host: Host, actor: ActorId, stored: StoredChart): OnOne {
  const migrated = stored.status === 'active' && stored.definition.version !== host.stamp.version ? migrate(host, stored) : undefined
  if (!migrated) return asItIs(host, actor, stored)
  if (!migrated.ok) return { kind: 'unfit', findings: migrated.faults } // F3
  const findings = check(host, migrated.stored)
  if (findings.length > 0) return { kind: 'unfit', findings: findings.map((finding) => `migrated to ${host.stamp.version}: ${finding}`) }
  return alive(host, actor, migrated.stored, 'migrated')
}

/** Of an actor that has ended, or waits for its restart, nothing runs on: its states need not be there. */
function asItIs(host: Host, actor: ActorId, stored: StoredChart): OnOne {
  const findings = stored.status === 'active' && stored.definition.hash !== host.stamp.hash ? check(host, stored) : []
  return findings.length > 0 ? { kind: 'unfit', findings } : alive(host, actor, stored, 'fits')
}

/** F2 */
function alive(host: Host, actor: ActorId, stored: StoredChart, kind: 'fits' | 'migrated'): OnOne {
  try {
    return { kind, host, living: fromStored(host, actor, stored) }
  } catch (error) {
    return { kind: 'unfit', findings: [error instanceof Error ? error.message : String(error)] }
  }
}
