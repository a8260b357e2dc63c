import { actorId } from '../../../machines/address.ts'
import type { RunComparison } from '../../inspector/compare/compare-runs.ts'
import { shared, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf } from '../connect.ts'
import { ArgumentInvalid, NotFound } from '../errors.ts'
import { sayingRefusals } from '../refusal.ts'
import { parseTarget } from '../words.ts'

interface CompareOptions extends SharedOptions {
  readonly from?: string
  readonly to?: string
  readonly module?: string
  readonly against?: string
}

export const compareCommand: Register = (program, shell) => {
  const command = shared(program.command('compare'), [
    "compare main/task/42 'main/task/42~fork-1'",
    'compare task/42@12 task/43@12',
    'compare order --from 2 --to 3 --module build/actors.ts',
    'compare task --against released/actors.ts',
  ])
    .description('say how two runs of one actor type differ, or two versions of a machine; for machines no server is needed')
    .argument('<actor or type>', 'tenant/type/key or type/key, with @ and a turn as it was then; or an actor type')
    .argument('[other actor]', 'of the same type')
    .option('--from <version>', 'of a machine: version or structure hash (default: the one before)')
    .option('--to <version>', 'of a machine: version or structure hash (default: the newest)')
    .option('--module <module>', "module that exports `definitions` (default: the main job's of this checkout)")
    .option('--against <module>', 'of a machine: from the newest version in this module')
  command.action(async (first: string, second: string | undefined) => {
    const options = command.optsWithGlobals<CompareOptions>()
    const ofMachines = (['from', 'to', 'against'] as const).find((name) => options[name] !== undefined)
    if (second !== undefined && ofMachines !== undefined)
      throw new ArgumentInvalid(
        `Comparing ${first} with ${second}: --${ofMachines} is for two versions of a machine; leave it out, or name a type alone.`,
      )
    if (second !== undefined) return showRuns(shell, options, [first, second])
    if (first.includes('/'))
      throw new ArgumentInvalid(`Comparing ${first}: an actor is compared with another one; name it too, or give an actor type alone.`)
    return showVersions(shell, options, first)
  })
}

async function showVersions(shell: Shell, { from, to, module, against, json }: CompareOptions, type: string): Promise<void> {
  const [{ hostsOf }, { loadDefinitions }, { compareMachines, versionPair, versionsOf }, { machineText }] = await Promise.all([
    import('../../../runtime/hosts.ts'),
    import('../deploy/definitions.ts'), // large: with it come the actors of the main job
    import('../../inspector/compare/compare-machines.ts'),
    import('../compare/text.ts'),
  ])
  const versionsIn = async (source: string | undefined) => {
    const hosts = hostsOf(await loadDefinitions(source))
    const host = hosts.get(type)
    if (host) return versionsOf(host)
    const known = [...hosts.keys()].join(', ')
    throw new ArgumentInvalid(`Looking for actor type '${type}'${source === undefined ? '' : ` in ${source}`}: it has ${known}.`)
  }
  const versions = await versionsIn(module)
  const other = against === undefined ? undefined : await versionsIn(against)
  const [newest] = versions
  const pair = other
    ? ([versionPair(type, other, { from: from ?? other[0]?.hash })[0], versionPair(type, versions, { from: newest?.hash, to })[1]] as const)
    : versionPair(type, versions, { from, to })
  const [earlier, later] = pair
  const compared = compareMachines(earlier.chart, later.chart)
  const { counts, parts } = compared
  const stamp = ({ version, hash }: typeof earlier) => ({ version, hash })
  const differences = parts.filter(({ tone }) => tone !== 'same')
  shell.print(
    json ? JSON.stringify({ type, from: stamp(earlier), to: stamp(later), counts, differences }) : machineText(type, pair, compared),
  )
}

async function showRuns(shell: Shell, options: CompareOptions, names: readonly [string, string]): Promise<void> {
  const place = placeOf(options, shell.environment)
  const [a, b] = [runOf(names[0], place.tenant, options), runOf(names[1], place.tenant, options)]
  const [{ withPast }, { compareRuns }, { hostsOf }, { loadDefinitions }, { turnSpan }, { runsText }] = await Promise.all([
    import('../past.ts'), // large, like what follows
    import('../../inspector/compare/compare-runs.ts'),
    import('../../../runtime/hosts.ts'),
    import('../deploy/definitions.ts'),
    import('../../history/read-turns.ts'),
    import('../compare/text.ts'),
  ])
  await withPast(place, options.module, ({ past, database }) =>
    sayingRefusals(shell, options, async () => {
      for (const { actor } of [a, b])
        if (!(await turnSpan(database, actor)))
          throw new NotFound(
            `The history knows of no turn of ${actor}: list actors with \`troupe actors\`; a turn just taken is there within a second.`,
          )
      const compared = await compareRuns({ past, database, hosts: hostsOf(await loadDefinitions(options.module)) }, a, b)
      shell.print(options.json ? JSON.stringify(withoutChart(compared)) : runsText(compared))
    }),
  )
}

/** The merged chart is a picture's: `troupe chart` and the inspector draw. */
function withoutChart({ machine: { counts, parts }, ...compared }: RunComparison) {
  return { ...compared, machine: { counts, differences: parts.filter(({ tone }) => tone !== 'same') } }
}

function runOf(text: string, tenant: string, options: CompareOptions) {
  const [, written = text, turn] = /^(.+)@(\d{1,15})$/s.exec(text) ?? []
  const target = parseTarget(written, tenant, options.tenant !== undefined)
  return { actor: actorId(target.tenant, target.type, target.key), ...(turn !== undefined && { turn: Math.max(1, Number(turn)) }) }
}
