import { Option, type Command } from 'commander'
import { AskRefused, type ActorId, type TroupeClient } from '../../../client/index.ts'
import { actorId, parseActorId } from '../../../machines/address.ts'
import { nextDues, whenFault } from '../../../machines/schedule-times.ts'
import { scheduleType, type ScheduleAnswer, type ScheduleDescription } from '../../../machines/schedule.ts'
import { natsPorts } from '../../../runtime/nats/index.ts'
import { shared, wholeNumber, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, untilStopped, withClient } from '../connect.ts'
import { ArgumentInvalid, ScheduleInvalid } from '../errors.ts'
import { table, timeText } from '../output.ts'
import { sayingRefusals } from '../refusal.ts'
import { listSchedules } from '../schedule/listed.ts'
import { policyOf, timeOf, whenOf, type PolicyOptions, type WhenOptions } from '../schedule/spec.ts'
import { descriptionText, dueText, whenText } from '../schedule/text.ts'
import { parseEvent, parseTarget } from '../words.ts'

const limitDefault = 50
const countDefault = 5
const countMax = 1_000

export const scheduleCommand: Register = (program, shell) => {
  const command = program.command('schedule').description('events for later, again and again, or by cron expressions: durable, never early')
  registerSet(command, shell)
  registerNext(command, shell)
  registerList(command, shell)
  registerShow(command, shell)
  for (const [verb, does] of Object.entries(verbs)) registerVerb(command, shell, { verb, does })
}

const verbs = {
  pause: 'fire nothing until resume; due times of the pause are not caught up',
  resume: 'go on with the next due time to come',
  trigger: 'fire once, now, whatever else is due',
  delete: 'fire nothing any more, and forget what was set',
} as const

function registerSet(schedule: Command, shell: Shell): void {
  const command = shared(schedule.command('set'), [
    `schedule set daily main/report/main type=report.make --cron '0 9 * * MON-FRI' --tz Europe/Berlin`,
    'schedule set once report/main type=report.make --at 2027-03-28T09:00:00+02:00',
    'schedule set poll feed/news type=feed.read --every 5m --catch-up skip --overlap queue-one --run-timeout 2m',
  ])
    .description('set a schedule, or replace it; setting what is set already changes nothing')
    .argument('<name>', 'the name of the schedule')
    .argument('<actor>', 'who gets the event: tenant/type/key, or type/key')
    .argument('<event...>', 'JSON with a type, or type=… and further name=value')
    .option('--cron <expression>', 'five fields, or six with seconds first')
    .option('--tz <zone>', 'time zone of the expression (default: UTC)')
    .option('--at <time>', 'once, at a time with its zone')
    .option('--every <length>', 'again and again, such as 90s, 5m, 2h, 1d')
    .addOption(
      new Option('--catch-up <policy>', 'due times that passed while nobody could fire (default: last)').choices(['all', 'last', 'skip']),
    )
    .option('--catch-up-max <n>', 'the newest of them at most, with all (default: 100)', wholeNumber)
    .option('--grace <length>', 'later than this is caught up, not on time (default: 10s)')
    .addOption(
      new Option('--overlap <policy>', 'while the run before is not over (default: allow)').choices(['allow', 'skip', 'queue-one']),
    )
    .option('--run-timeout <length>', 'a run of which nothing is heard is over (default: 1h)')
    .option('--paused', 'fire nothing until resume')
    .option('--end-at <time>', 'nothing is due after it')
    .option('--max-runs <n>', 'end after so many', wholeNumber)
  command.action(async (name: string, actor: string, words: readonly string[]) => {
    const options = command.optsWithGlobals<SharedOptions & WhenOptions & PolicyOptions>()
    const { tenant } = placeOf(options, shell.environment)
    const target = parseTarget(actor, tenant, options.tenant !== undefined)
    const [event, when, policy] = [parseEvent(words), whenOf(options), policyOf(options)]
    await asking(shell, options, async (client) => {
      const { schedule: id, next } = await client.schedule(target, event, when, { ...policy, key: name })
      const said = next === undefined ? 'paused' : `next ${dueText(next, when)}`
      shell.print(options.json ? JSON.stringify({ schedule: id, next: next ?? null }) : `${id}: ${said}`)
    })
  })
}

function registerNext(schedule: Command, shell: Shell): void {
  const command = schedule
    .command('next')
    .description('print the next times of an expression; needs no server')
    .argument('<expression>', 'a cron expression')
    .option('--tz <zone>', 'its time zone (default: UTC)')
    .option('--count <n>', `how many, ${countMax} at most`, wholeNumber, countDefault)
    .option('--from <time>', 'after this time (default: now)')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExamples:\n  $ troupe schedule next '30 2 * * *' --tz Europe/Berlin --from 2027-03-27T00:00:00Z`)
  command.action((cron: string) => {
    const { tz, count, from, json } = command.opts<{ tz?: string; count: number; from?: string; json?: boolean }>()
    if (count > countMax) throw new ArgumentInvalid(`Printing ${count} times: ${countMax} is the limit of --count.`)
    const when = whenOf({ cron, ...(tz !== undefined && { tz }) })
    const after = from === undefined ? Date.now() : timeOf(from)
    const fault = whenFault(when, after)
    if (fault) throw new ScheduleInvalid(`Reading the schedule: ${fault.reason}.`, fault.code)
    const dues = nextDues(when, after, after, count)
    shell.print(json ? JSON.stringify({ next: dues.map(timeText) }) : dues.map((due) => dueText(due, when)).join('\n'))
  })
}

function registerList(schedule: Command, shell: Shell): void {
  const command = shared(schedule.command('list'), ['schedule list', "schedule list --tenant '*' --limit 200 --json"])
    .description('list schedules, by name; a new one is here once its first snapshot is stored, some seconds after it was set')
    .option('--limit <n>', 'how many', wholeNumber, limitDefault)
  command.action(async () => {
    const options = command.optsWithGlobals<SharedOptions & { readonly limit: number }>()
    const place = placeOf(options, shell.environment)
    await withClient(place, async (client, connection) => {
      const ports = await natsPorts(connection, place.namespace)
      const { listed, unanswered, more } = await listSchedules(client, ports, place.tenant, options.limit)
      if (options.json) return shell.print(JSON.stringify({ schedules: listed, unanswered, more }))
      const rows = listed.map(({ schedule: id, state, next, fired, when, target }) => [
        parseActorId(id)?.key ?? id,
        state,
        next === undefined ? '-' : timeText(next),
        String(fired),
        whenText(when),
        target,
      ])
      shell.print(
        rows.length === 0 ? 'No schedule has a stored snapshot.' : table(['name', 'state', 'next', 'fired', 'when', 'target'], rows),
      )
      if (unanswered > 0) shell.note(`${unanswered} did not answer: their owner is away for the moment.`)
      if (more > 0) shell.note(`${more} more; --limit is ${options.limit}.`)
    })
  })
}

function registerShow(schedule: Command, shell: Shell): void {
  const command = shared(schedule.command('show'), ['schedule show daily', 'schedule show daily --json'])
    .description('what a schedule does, when it is due next, and what it did')
    .argument('<name>', 'the name of the schedule')
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<SharedOptions>()
    const id = scheduleId(name, options, shell)
    await asking(shell, options, async (client) => {
      const description = await client.ask<ScheduleDescription>(id, { type: 'schedule.describe' })
      shell.print(options.json ? JSON.stringify(description) : descriptionText(id, description))
    })
  })
}

function registerVerb(schedule: Command, shell: Shell, { verb, does }: { verb: string; does: string }): void {
  const command = shared(schedule.command(verb), [`schedule ${verb} daily`])
    .description(does)
    .argument('<name>', 'the name of the schedule')
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<SharedOptions>()
    const id = scheduleId(name, options, shell)
    await asking(shell, options, async (client) => {
      mustBeOk(id, await client.ask<ScheduleAnswer>(id, { type: `schedule.${verb}` }))
      shell.print(options.json ? JSON.stringify({ ok: true, schedule: id }) : `${id}: ${verb} is done`)
    })
  })
}

function mustBeOk(id: ActorId, answer: ScheduleAnswer): void {
  if (!answer.ok) throw new AskRefused(`${id}: ${answer.reason}`, answer.code)
}

const scheduleId = (name: string, options: SharedOptions, { environment }: Shell): ActorId =>
  actorId(placeOf(options, environment).tenant, scheduleType, name)

/** Until it is answered or the command is stopped; a refusal is exit code 1. */
const asking = (shell: Shell, options: SharedOptions, work: (client: TroupeClient) => Promise<void>): Promise<void> =>
  withClient(placeOf(options, shell.environment), (client) =>
    sayingRefusals(shell, options, () => untilStopped(work(client), shell.stop, 'asking a schedule')),
  )
