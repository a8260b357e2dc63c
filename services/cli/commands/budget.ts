import { Option, type Command } from 'commander'
import { AskRefused, type TroupeClient } from '../../../client/index.ts'
import {
  budgetPeriods,
  budgetsOf,
  type BudgetPeriod,
  type BudgetReply,
  type BudgetsRead,
  type BudgetView,
} from '../../../machines/budget.ts'
import { scopeFault, usdFault } from '../../../machines/budget-faults.ts'
import { shared, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, untilStopped, withClient } from '../connect.ts'
import { ArgumentInvalid } from '../errors.ts'
import { table, timeText } from '../output.ts'
import { sayingRefusals } from '../refusal.ts'

interface PeriodOptions extends SharedOptions {
  readonly per?: BudgetPeriod
}

export const budgetCommand: Register = (program, shell) => {
  const command = program.command('budget').description('what a tenant may spend on model calls, and what it has spent and reserved')
  registerList(command, shell)
  registerSet(command, shell)
  for (const [verb, does] of Object.entries(verbs)) registerVerb(command, shell, { verb, does })
}

const verbs = {
  remove: 'take the limit away; what the tenant spends is counted on, what an agent or a run spends is not',
  reset: 'count what is spent from 0 again; what is reserved stays',
} as const

const scopeHelp = 'tenant, agent:<name> or run:<task>'

function registerList(budget: Command, shell: Shell): void {
  const command = shared(budget.command('list', { isDefault: true }), ['budget', 'budget --tenant acme --json']).description(
    'the budgets of the tenant; what is shown is what is enforced',
  )
  command.action(async () => {
    const options = command.optsWithGlobals<SharedOptions>()
    await asking(shell, options, async (client, address) => {
      const read = await client.ask<BudgetsRead>(address, { type: 'budget.read' })
      if (options.json) return shell.print(JSON.stringify(read))
      shell.print(budgetTable(read.budgets))
      if (read.open > 0) shell.note(`Open reservations: ${read.open}.`)
      if (read.expired > 0) shell.note(`Not settled in time, counted as spent until a late settlement: ${read.expired}.`)
    })
  })
}

function registerSet(budget: Command, shell: Shell): void {
  const command = shared(budget.command('set'), [
    'budget set tenant 5 --per day',
    'budget set tenant 100 --per month --tz Europe/Berlin',
    'budget set agent:researcher 0.50 --per day',
    'budget set run:t-42 2 --per total',
  ])
    .description('set what a scope may spend, or another amount; what was counted stays. 0 refuses every call that costs anything')
    .argument('<scope>', scopeHelp)
    .argument('<usd>', 'US dollars')
    .addOption(new Option('--per <period>', 'the period it is for').choices(budgetPeriods).makeOptionMandatory())
    .option('--tz <zone>', 'where days and months begin (default: UTC)')
  command.action(async (scope: string, amount: string) => {
    const options = command.optsWithGlobals<PeriodOptions & { readonly tz?: string }>()
    const [usd, { per, tz }] = [usdOf(amount), options]
    checkScope(scope)
    await asking(shell, options, async (client, address) => {
      const event = { type: 'budget.set', scope, usd, per, ...(tz !== undefined && { timeZone: tz }) }
      say(shell, options, await client.ask<BudgetReply>(address, event))
    })
  })
}

function registerVerb(budget: Command, shell: Shell, { verb, does }: { verb: string; does: string }): void {
  const command = shared(budget.command(verb), [`budget ${verb} tenant --per day`, `budget ${verb} agent:researcher`])
    .description(does)
    .argument('<scope>', scopeHelp)
    .addOption(new Option('--per <period>', 'of this period only (default: all that are set)').choices(budgetPeriods))
  command.action(async (scope: string) => {
    const options = command.optsWithGlobals<PeriodOptions>()
    checkScope(scope)
    await asking(shell, options, async (client, address) => {
      const event = { type: `budget.${verb}`, scope, ...(options.per !== undefined && { per: options.per }) }
      const reply = await client.ask<BudgetReply>(address, event)
      if (reply.ok && !options.json && reply.budgets?.length === 0) shell.print(`${scope}: ${verb} is done`)
      else say(shell, options, reply)
    })
  })
}

/** Throws `AskRefused` for a refusal. */
function say(shell: Shell, options: SharedOptions, reply: BudgetReply): void {
  if (!reply.ok) throw new AskRefused(reply.reason, reply.code)
  shell.print(options.json ? JSON.stringify(reply) : budgetTable(reply.budgets ?? []))
}

function budgetTable(budgets: readonly BudgetView[]): string {
  const headers = ['scope', 'per', 'limit', 'spent', 'reserved', 'left', 'resets at']
  const rows = budgets.map(({ scope, per, limitUsd, spentUsd, reservedUsd, leftUsd, resetsAt, timeZone }) => [
    scope,
    per,
    usdText(limitUsd),
    usdText(spentUsd),
    usdText(reservedUsd),
    usdText(leftUsd),
    resetsAt === undefined ? '-' : `${timeText(resetsAt)}${timeZone === undefined ? '' : ` (${timeZone})`}`,
  ])
  return table(headers, rows)
}

const digitsMax = 6

/** What is smaller than is shown is rounded for people; `--json` has it whole. */
const usdText = (usd: number | undefined): string => (usd === undefined ? '-' : String(Number(usd.toFixed(digitsMax))))

function usdOf(text: string): number {
  const usd = text.trim() === '' ? Number.NaN : Number(text)
  const fault = usdFault(usd)
  if (fault) throw new ArgumentInvalid(`Reading the amount '${text}': ${fault.reason}.`)
  return usd
}

function checkScope(scope: string): void {
  const fault = scopeFault(scope)
  if (fault) throw new ArgumentInvalid(`Reading the scope: ${fault.reason}.`)
}

/** Until it is answered or the command is stopped; a refusal is exit code 1. */
const asking = (
  shell: Shell,
  options: SharedOptions,
  work: (client: TroupeClient, address: ReturnType<typeof budgetsOf>) => Promise<void>,
): Promise<void> => {
  const place = placeOf(options, shell.environment)
  return withClient(place, (client) =>
    sayingRefusals(shell, options, () => untilStopped(work(client, budgetsOf(place.tenant)), shell.stop, 'asking the budgets')),
  )
}
