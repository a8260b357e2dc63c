import { InvalidArgumentError, type Command } from 'commander'
import type { Signed } from '../../history/policy-store.ts'
import type { PolicyStep, Register as PolicyRegister } from '../../policies/plan.ts'
import { shared, wholeNumber, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, untilStopped, withClient, withDatabase, type Database, type Place } from '../connect.ts'
import { ArgumentInvalid } from '../errors.ts'
import type { Office } from '../policy/in-force.ts'
import type { Estimate } from '../policy/evaluation.ts'

interface StepOptions extends SharedOptions {
  readonly note?: string
}
interface CanaryOptions extends StepOptions {
  readonly share: number
}
interface EvaluateOptions extends SharedOptions {
  readonly days: number
}
interface PromoteOptions extends StepOptions, EvaluateOptions {
  readonly margin: number
  readonly force?: boolean
}

const daysDefault = 30
const marginDefault = 0.01
const changesDefault = 20
const noteCharactersMax = 500

export const policyCommand: Register = (program, shell) => {
  const command = program.command('policy').description('how agents are chosen: versions, which one is live, and what a change would bring')
  registerList(command, shell)
  registerAdd(command, shell)
  registerShow(command, shell)
  registerSteps(command, shell)
  registerEvaluate(command, shell)
  registerPromote(command, shell)
  registerConfirm(command, shell)
  registerChanges(command, shell)
}

function registerList(policy: Command, shell: Shell): void {
  const command = shared(policy.command('list', { isDefault: true }), ['policy', 'policy --tenant acme --json']).description(
    'the versions of a tenant, and which are in force',
  )
  command.action(async () => {
    const options = command.optsWithGlobals<SharedOptions>()
    const { registerText } = await import('../policy/text.ts')
    await withRegister(shell, options, (_, register) => shell.print(options.json ? JSON.stringify(register) : registerText(register)))
  })
}

function registerAdd(policy: Command, shell: Shell): void {
  const command = shared(policy.command('add'), ['policy add faster.json', 'policy add faster.json --note "half the half-life"'])
    .description('add a version from a file, as a draft; what a version says never changes')
    .argument('<file>', 'JSON with "format": 1 and "version"; what it leaves out has its default')
    .option('--note <text>', 'why, for who looks at it later', noteOf)
  command.action(async (file: string) => {
    const options = command.optsWithGlobals<StepOptions>()
    const { readPolicyFile } = await import('../../policies/policy-file.ts')
    const read = await readPolicyFile(file)
    const { addPolicy } = await import('../../history/policy-store.ts')
    await withRegister(shell, options, async (database, register) => {
      const added = await addPolicy(database, register, read, signedBy(shell, 'add', options))
      if (options.json) return shell.print(JSON.stringify({ version: read.version, added }))
      shell.print(
        added ? `${read.version} is a draft of tenant ${register.tenant}.` : `${read.version} is there already and says the same.`,
      )
    })
  })
}

function registerShow(policy: Command, shell: Shell): void {
  const command = shared(policy.command('show'), ['policy show faster-1'])
    .description('what a version says, how it is used, and its last estimate')
    .argument('<version>')
  command.action(async (version: string) => {
    const options = command.optsWithGlobals<SharedOptions>()
    const [{ policyNamed }, { policyText }] = await Promise.all([import('../../policies/plan.ts'), import('../policy/text.ts')])
    await withRegister(shell, options, (_, register) => {
      const found = policyNamed(register, version)
      shell.print(options.json ? JSON.stringify(found) : policyText(found))
    })
  })
}

function registerSteps(policy: Command, shell: Shell): void {
  for (const [action, does] of Object.entries(steps)) {
    const command = shared(policy.command(action), [`policy ${action} faster-1`])
      .description(does)
      .argument('<version>')
      .option('--note <text>', 'why', noteOf)
    command.action((version: string) =>
      take(shell, command.optsWithGlobals<StepOptions>(), { action: action === 'shadow' ? 'shadow' : 'retire', version }),
    )
  }
  const canary = shared(policy.command('canary'), ['policy canary faster-1 --share 0.1'])
    .description('let a version decide for a share of the tasks, always the same ones')
    .argument('<version>')
    .requiredOption('--share <share>', 'above 0, below 1', shareOf)
    .option('--note <text>', 'why', noteOf)
  canary.action((version: string) => {
    const options = canary.optsWithGlobals<CanaryOptions>()
    return take(shell, options, { action: 'canary', version, share: options.share })
  })
  const rollback = shared(policy.command('rollback'), ['policy rollback --note "too slow"'])
    .description('make the version live that was live before')
    .option('--note <text>', 'why', noteOf)
  rollback.action(() => take(shell, rollback.optsWithGlobals<StepOptions>(), { action: 'rollback' }))
}

const steps = {
  shadow: 'let a version say what it would choose; nothing is done by it',
  retire: 'take a version out of use; not the live one',
} as const

function registerEvaluate(policy: Command, shell: Shell): void {
  const command = shared(policy.command('evaluate'), ['policy evaluate faster-1 --days 14'])
    .description('what a version would have earned on the decisions of the last days, beside the live one; refuses where nobody can know')
    .argument('<version>')
    .option('--days <n>', 'decisions of so many days', wholeNumber, daysDefault)
  command.action(async (version: string) => {
    const options = command.optsWithGlobals<EvaluateOptions>()
    const [{ evaluateVersion }, { estimateText }] = await Promise.all([import('../policy/evaluation.ts'), import('../policy/text.ts')])
    await withRegister(shell, options, async (database, register) => {
      const estimate = await evaluateVersion(database, { register, version, days: options.days, now: new Date() })
      shell.print(options.json ? JSON.stringify(estimate) : estimateText(estimate))
    })
  })
}

function registerPromote(policy: Command, shell: Shell): void {
  const command = shared(policy.command('promote'), [
    'policy promote faster-1',
    'policy promote faster-1 --force --note "decided in the meeting"',
  ])
    .description('make a version live, when the last days show that it is not worse')
    .argument('<version>')
    .option('--days <n>', 'judged by the decisions of so many days', wholeNumber, daysDefault)
    .option('--margin <reward>', 'how much worse it may be, at the lower end of the 90 %', marginOf, marginDefault)
    .option('--force', 'whatever the estimate says; needs a --note')
    .option('--note <text>', 'why', noteOf)
  command.action(async (version: string) => {
    const options = command.optsWithGlobals<PromoteOptions>()
    if (options.force && options.note === undefined)
      throw new ArgumentInvalid(`Promoting ${version} with --force: say why with --note, for who looks at it later.`)
    const { estimateText } = await import('../policy/text.ts')
    let estimate: Estimate | undefined
    await withRegister(shell, options, async (database, register) => {
      estimate = await judged(database, register, { version, options, shell })
      if (estimate && !options.json) shell.print(`${estimateText(estimate)}\n`)
    })
    await take(shell, options, { action: 'promote', version, ...(estimate && { over: estimate.live }) }, estimate)
  })
}

interface Judging {
  readonly version: string
  readonly options: PromoteOptions
  readonly shell: Shell
}

/** The estimate it is promoted by; with --force one that is bad, or none, is said and does not matter. */
async function judged(database: Database, register: PolicyRegister, { version, options, shell }: Judging): Promise<Estimate | undefined> {
  const { evaluateVersion, mustBeGood } = await import('../policy/evaluation.ts')
  const { PolicyNotBetter, PolicyNotEvaluated } = await import('../../policies/errors.ts')
  let estimate: Estimate | undefined
  try {
    estimate = await evaluateVersion(database, { register, version, days: options.days, now: new Date() })
    mustBeGood(estimate, options.margin)
  } catch (error) {
    if (!options.force || !(error instanceof PolicyNotBetter || error instanceof PolicyNotEvaluated)) throw error
    shell.note(`Forced, although: ${error.message}`)
  }
  return estimate
}

function registerConfirm(policy: Command, shell: Shell): void {
  const command = shared(policy.command('confirm'), ['policy confirm']).description(
    'tell the coordinator again which policies are in force: finishes a change that was not confirmed',
  )
  command.action(async () => {
    const options = command.optsWithGlobals<SharedOptions>()
    const [{ finish }, { stateText }] = await Promise.all([import('../policy/in-force.ts'), import('../policy/text.ts')])
    await inOffice(shell, options, async (office) => {
      const after = await finish(office, signedBy(shell, 'confirm', {}), true)
      shell.print(options.json ? JSON.stringify(after) : stateText(after))
    })
  })
}

function registerChanges(policy: Command, shell: Shell): void {
  const command = shared(policy.command('changes'), ['policy changes --limit 50'])
    .description('who changed what, the newest first')
    .option('--limit <n>', 'how many', wholeNumber, changesDefault)
  command.action(async () => {
    const options = command.optsWithGlobals<SharedOptions & { readonly limit: number }>()
    const place = onePlace(options, shell)
    const [{ readChanges }, { changesText }] = await Promise.all([import('../../history/policy-store.ts'), import('../policy/text.ts')])
    await withDatabase(place, async (database) => {
      const changes = await readChanges(database, place.tenant, options.limit)
      if (options.json) return shell.print(JSON.stringify({ changes }))
      shell.print(changes.length === 0 ? `Nobody has changed the policies of tenant ${place.tenant}.` : changesText(changes))
    })
  })
}

/** Takes a step: in the registry, at the coordinator, confirmed. */
async function take(shell: Shell, options: StepOptions, step: PolicyStep, estimate?: Estimate): Promise<void> {
  const [{ takeStep }, { registerText }] = await Promise.all([import('../policy/in-force.ts'), import('../policy/text.ts')])
  const forced = 'force' in options && options.force === true
  await inOffice(shell, options, async (office) => {
    const after = await takeStep(office, step, { ...signedBy(shell, step.action, options), forced, estimate })
    shell.print(options.json ? JSON.stringify(after) : registerText(after))
  })
}

async function inOffice(shell: Shell, options: SharedOptions, work: (office: Office) => Promise<void>): Promise<void> {
  const place = onePlace(options, shell)
  const [{ coordinatorOf }, builtIn] = await Promise.all([import('../policy/in-force.ts'), builtInPolicy()])
  await withDatabase(place, (database) =>
    withClient(place, (client) => {
      const office: Office = { database, holder: coordinatorOf(client, place.tenant), tenant: place.tenant, builtIn }
      return untilStopped(work(office), shell.stop, 'changing policies')
    }),
  )
}

async function withRegister(
  shell: Shell,
  options: SharedOptions,
  work: (database: Database, register: PolicyRegister) => Promise<void> | void,
): Promise<void> {
  const place = onePlace(options, shell)
  const [{ readRegister }, builtIn] = await Promise.all([import('../../history/policy-store.ts'), builtInPolicy()])
  await withDatabase(place, async (database) => work(database, await readRegister(database, place.tenant, builtIn)))
}

function onePlace(options: SharedOptions, { environment }: Shell): Place {
  const place = placeOf(options, environment)
  if (place.tenant !== '*') return place
  throw new ArgumentInvalid('Policies are of one tenant: name it with --tenant.')
}

const builtInPolicy = async () => (await import('../../../machines/selection.ts')).policyDefaults

const signedBy = ({ environment }: Shell, action: string, { note }: { readonly note?: string }): Signed => ({
  at: new Date(),
  by: environment['USER'] ?? 'operator',
  action,
  note,
})

function shareOf(text: string): number {
  const share = Number(text)
  if (share > 0 && share < 1) return share
  throw new InvalidArgumentError('It must be a number above 0 and below 1.')
}

function marginOf(text: string): number {
  const margin = Number(text)
  if (text.trim() !== '' && margin >= 0 && margin <= 1) return margin
  throw new InvalidArgumentError('It must be a number from 0 to 1.')
}

const noteOf = (text: string): string => text.slice(0, noteCharactersMax)
