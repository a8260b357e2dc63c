import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { taskSubmit } from '../../../actors/accepts.ts'
import type { TaskOutput } from '../../../machines/task-record.ts'
import { wholeNumber, shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, untilStopped, withClient } from '../connect.ts'
import { ArgumentInvalid } from '../errors.ts'
import { listOf } from '../explain/wishes.ts'
import { fields, printable } from '../output.ts'
import { sayingRefusals } from '../refusal.ts'
import { submitOf, type SubmitOptions } from '../task-options.ts'
import { exitCodes } from '../../process.ts'

type Options = SharedOptions & SubmitOptions & { readonly id?: string; readonly wait?: number }

export const submitCommand: Register = (program, shell) => {
  const command = shared(program.command('submit'), [
    'submit --type question --collection docs What is a turn?',
    'submit --type question --collection docs --team vote:3 --wait 120000 Is a send ordered?',
    'submit --type question --collection docs --plan --aggregate agent Compare a.md with b.md; then say which is newer.',
    'submit --type table --file data/sales.csv --collection docs --needs statistics --budget 0.05 --escalate below=0.5 Where are the gaps?',
  ])
    .description('give a task to the agents; prints its id, or with --wait its answer')
    .argument('<prompt...>', 'what is to be done')
    .requiredOption('--type <task type>', 'the type of the task: question, summary, table, review, or one that a registered agent does')
    .requiredOption('--collection <name>', 'the collection that the folder was read into')
    .option('--root <folder>', 'the folder (default: the present one)')
    .option('--file <path>', 'the file it is about, below the folder')
    .option('--id <id>', 'the id of the task (default: a new one); the same id again is the same task')
    .option('--needs <capabilities>', 'what the agent must be able to do, a comma between', listOf)
    .option('--only <agent>', 'this agent, or agent@model, alone')
    .option('--deadline <length>', 'how long agents may work, such as 90s')
    .option('--budget <usd>', 'what it may cost')
    .option('--weights <list>', 'how much success, quality, cost and latency count: success=1,cost=0.5')
    .option('--features <list>', 'features of the task that the policy declares: long=1,code=-1')
    .option('--priority <n>', 'from -10 to 10: how soon its model calls get their turn (default: 0)')
    .option('--team <rule:size>', 'several agents: first-good:2, vote:3, or quorum:3:2 where 2 of 3 must agree')
    .option('--compare <how>', 'how the answers of a team are compared: text or json')
    .option('--plan', 'have a planner divide it into steps')
    .option('--aggregate <how>', 'what becomes of the answers of the steps: concat or agent')
    .option('--escalate <when>', 'ask a person: always, below=0.5 (success), above=0.2 (USD), a comma between; else: where agents fail')
    .option('--quality-min <share>', 'from 0 to 1: see docs/tasks.md')
    .option('--wait <ms>', 'wait so long for the answer', wholeNumber)
  command.action(async (words: readonly string[]) => {
    const options = command.optsWithGlobals<Options>()
    const place = placeOf(options, shell.environment)
    const id = options.id ?? randomUUID()
    const event = submitOf(options, words.join(' '), path.resolve(options.root ?? '.'))
    const fault = taskSubmit.safeParse(event).error?.issues[0]
    if (fault) throw new ArgumentInvalid(`Submitting task ${id}: ${fault.path.join('.')}: ${fault.message}.`)
    const target = { tenant: place.tenant, type: 'task', key: id }
    await withClient(place, (client) =>
      sayingRefusals(shell, options, async () => {
        if (options.wait === undefined) {
          await untilStopped(client.send(target, { ...event }, { correlation: id }), shell.stop, `submitting task ${id}`)
          return shell.print(options.json ? JSON.stringify({ ok: true, id }) : `submitted as ${id}: see \`troupe tasks ${id}\``)
        }
        const asked = client.ask<TaskOutput>(target, { ...event }, { deadlineMs: options.wait, correlation: id })
        const output = await untilStopped(asked, shell.stop, `waiting for task ${id}`)
        shell.print(options.json ? JSON.stringify(output) : outputText(output))
        if (!output.ok) shell.exitWith(exitCodes.failed)
      }),
    )
  })
}

function outputText({ taskId, ok, end, answer, reason, code, agent, executions, usage, offline }: TaskOutput): string {
  const said = ok ? `${printable(answer)}${offline ? '\n(by the built-in offline model)' : ''}\n\n` : ''
  const how = fields({
    task: taskId,
    end,
    agent,
    reason: code === undefined ? reason : `${reason ?? ''} (${code})`,
    executions: String(executions),
    cost: `$${usage.costUsd.toFixed(4)}`,
  })
  return `${said}${how}`
}
