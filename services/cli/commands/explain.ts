import { shared, type Register, type SharedOptions } from '../command.ts'
import type { LoggedDecision } from '../../../actors/logged-decision.ts'
import type { Replayed } from '../../policies/replayed.ts'
import { placeOf, withDatabase, type Database } from '../connect.ts'
import { NotFound } from '../errors.ts'
import { surpriseOf } from '../../../actors/logged-decision.ts'
import { decisionsText } from '../explain/text.ts'

export const explainCommand: Register = (program, shell) => {
  const command = shared(program.command('explain'), [
    'explain 42',
    'explain 42 --tenant acme --json',
    'explain 42 --policy curious-1',
    'explain 42 --policy docs/examples/policy.json',
  ])
    .description(
      'why the agents of a task were chosen: every candidate, what was known of it, what excluded it, and what came of the choice',
    )
    .argument('<task>', 'the id of the task')
    .option('--policy <version|file>', 'whom another policy would have chosen: a registered version, or a file that ends in .json')
  command.action(async (taskId: string) => {
    const options = command.optsWithGlobals<SharedOptions & { readonly policy?: string }>()
    const place = placeOf(options, shell.environment)
    const tenant = place.tenant === '*' ? undefined : place.tenant
    await withDatabase(place, async (database) => {
      const { decisionsOfTask } = await import('../../history/read-logged-decisions.ts')
      const decisions = await decisionsOfTask(database, taskId, tenant)
      if (decisions.length === 0) {
        const whose = tenant === undefined ? 'any tenant' : `tenant ${tenant}`
        throw new NotFound(
          `The history has no decision about a task '${taskId}' of ${whose}: list tasks with \`troupe tasks\`; a decision just made is there within a second.`,
        )
      }
      if (options.policy !== undefined) {
        const replays = await replaysOf(database, decisions, options.policy)
        if (options.json) return shell.print(JSON.stringify({ task: taskId, replays }))
        const { replayText } = await import('../explain/replay-text.ts')
        return shell.print(decisions.flatMap((one, n) => (replays[n] ? [replayText(one, replays[n])] : [])).join('\n\n'))
      }
      if (!options.json) return shell.print(decisionsText(decisions))
      shell.print(
        JSON.stringify({ task: taskId, decisions: decisions.map((one) => ({ ...one, surprise: one.outcome && surpriseOf(one.outcome) })) }),
      )
    })
  })
}

/** In the order of the decisions, which are of one task and so, but for the same id in two tenants, of one tenant. */
async function replaysOf(database: Database, decisions: readonly LoggedDecision[], given: string): Promise<readonly Replayed[]> {
  const [{ readRegister }, { policyDefaults }, { policyGiven, replayed }, { readPolicyFile }] = await Promise.all([
    import('../../history/policy-store.ts'),
    import('../../../machines/selection.ts'),
    import('../../policies/replayed.ts'),
    import('../../policies/policy-file.ts'),
  ])
  const file = given.endsWith('.json') ? await readPolicyFile(given) : undefined
  const replays: Replayed[] = []
  for (const decision of decisions) {
    const register = await readRegister(database, decision.tenant, policyDefaults)
    replays.push(replayed(decision, file ?? policyGiven(register, given), register))
  }
  return replays
}
