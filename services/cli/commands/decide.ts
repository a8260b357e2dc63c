import { Argument } from 'commander'
import { z } from 'zod'
import { person } from '../../../machines/task-record.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, untilStopped, withClient } from '../connect.ts'
import { calledText, decideCalls, waitingAgent, type CallOptions } from '../decide-calls.ts'
import { ArgumentInvalid } from '../errors.ts'
import { sayingRefusals } from '../refusal.ts'
import { exitCodes } from '../../process.ts'

const answerMs = 10_000
const decisions = ['approve', 'answer', 'deny'] as const
type Decision = (typeof decisions)[number]

export const decideCommand: Register = (program, shell) => {
  const command = shared(program.command('decide'), [
    'decide 42 approve',
    'decide 42 approve --args \'{ "file": "b.md" }\'',
    "decide 42 answer 'It is the second one.'",
    'decide 42 deny too dear',
  ])
    .description(
      'decide what a task, or an agent that works for it, asks a person (`troupe tasks --status waiting`): let it go on, answer it, or deny it',
    )
    .argument('<task>', 'the id of the task')
    .addArgument(new Argument('<decision>', 'what becomes of it').choices(decisions))
    .argument('[text...]', 'the answer, or why it is denied')
    .option('--agent <name>', 'which of its agents, where more than one waits')
    .option('--call <id>', 'which of the calls that wait gets the arguments of --args')
    .option('--args <json>', 'what the call of a tool is approved with, in place of what the agent asked for: all its arguments')
  command.action(async (id: string, decision: Decision, words: readonly string[]) => {
    const options = command.optsWithGlobals<SharedOptions & CallOptions>()
    const place = placeOf(options, shell.environment)
    const text = words.join(' ')
    const event = eventOf(decision, text, id)
    if (options.args !== undefined && decision !== 'approve')
      throw new ArgumentInvalid(`Deciding about task ${id}: --args is what a call is approved with; leave it out to ${decision}.`)
    if (options.call !== undefined && options.args === undefined)
      throw new ArgumentInvalid(
        `Deciding about task ${id}: --call says which call gets the arguments of --args; all that wait are decided together.`,
      )
    await withClient(place, (client) =>
      sayingRefusals(shell, options, async () => {
        const target = { tenant: place.tenant, type: 'task', key: id }
        const doing = `deciding about task ${id}`
        const progress = await untilStopped(client.ask(target, { type: 'task.progress' }, { deadlineMs: answerMs }), shell.stop, doing)
        const waiting = waitingAgent(progress, options, id)
        if (waiting !== undefined) {
          const by = shell.environment['USER'] ?? 'operator'
          const told = await untilStopped(decideCalls(client, waiting, { decision, text, by, ...options }), shell.stop, doing)
          return shell.print(options.json ? JSON.stringify(told) : `${waiting}: ${calledText(told)}`)
        }
        if (options.args !== undefined)
          throw new ArgumentInvalid(`Approving task ${id}: it is no call of a tool that waits, so there are no arguments to give.`)
        const value = await untilStopped(client.ask(target, event, { deadlineMs: answerMs }), shell.stop, doing)
        const fault = faultOf(decision, value)
        if (fault !== undefined) shell.exitWith(exitCodes.failed)
        if (options.json) shell.print(JSON.stringify(value))
        else shell.print(`task ${id} ${fault ?? said[decision]}`)
      }),
    )
  })
}

const said = { approve: 'goes on', answer: 'is answered', deny: 'is denied' } as const satisfies Record<Decision, string>

/** A task that goes on says so or refuses; one that has ended answers with its output, whatever it is asked. */
function faultOf(decision: Decision, value: unknown): string | undefined {
  const { end, agent, code, reason } = answerSchema.parse(value)
  if (end === undefined) return code === undefined ? undefined : `refuses it, ${code}: ${reason ?? ''}`
  const isSo = decision === 'answer' ? agent === person : decision === 'deny' && end === 'failed'
  return isSo ? undefined : `has ended already: it is ${end}${agent === undefined ? '' : `, by ${agent}`}`
}

const answerSchema = z.object({
  end: z.string().optional(),
  agent: z.string().optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
})

function eventOf(decision: Decision, text: string, id: string) {
  switch (decision) {
    case 'approve':
      if (text !== '') throw new ArgumentInvalid(`Approving task ${id}: '${text}' is too much; to answer it, write decide ${id} answer.`)
      return { type: 'task.approve' }
    case 'answer':
      if (text === '') throw new ArgumentInvalid(`Answering task ${id}: write the answer behind it.`)
      return { type: 'task.answer', text }
    case 'deny':
      return { type: 'task.deny', ...(text !== '' && { reason: text }) }
  }
}
