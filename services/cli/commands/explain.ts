import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, withDatabase } from '../connect.ts'
import { NotFound } from '../errors.ts'
import { surpriseOf } from '../../../actors/logged-decision.ts'
import { decisionsText } from '../explain/text.ts'

export const explainCommand: Register = (program, shell) => {
  const command = shared(program.command('explain'), ['explain 42', 'explain 42 --tenant acme --json'])
    .description(
      'why the agents of a task were chosen: every candidate, what was known of it, what excluded it, and what came of the choice',
    )
    .argument('<task>', 'the id of the task')
  command.action(async (taskId: string) => {
    const options = command.optsWithGlobals<SharedOptions>()
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
      if (!options.json) return shell.print(decisionsText(decisions))
      shell.print(
        JSON.stringify({ task: taskId, decisions: decisions.map((one) => ({ ...one, surprise: one.outcome && surpriseOf(one.outcome) })) }),
      )
    })
  })
}
