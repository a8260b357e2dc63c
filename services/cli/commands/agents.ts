import { Option, type Command } from 'commander'
import { AskRefused, AskTimeout, type TroupeClient } from '../../../client/index.ts'
import { registryOf, type AgentDescription, type AgentRecord, type AgentResult, type AgentStatus } from '../../../machines/registry.ts'
import { exitCodes } from '../../process.ts'
import type { ListedAgent } from '../../history/read-agents.ts'
import { defineAgents, publishSkills } from '../agents/define.ts'
import { readDefinitions } from '../agents/file.ts'
import { agentsTable, agentText, resultsTable, skillResultsTable } from '../agents/text.ts'
import { shared, wholeNumber, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, untilStopped, withClient, withDatabase, type Place } from '../connect.ts'
import { ArgumentInvalid, NotFound, ServersNotFound } from '../errors.ts'
import { sayingRefusals } from '../refusal.ts'

interface ListOptions extends SharedOptions {
  readonly limit: number
  readonly after?: string
  readonly by: 'name' | 'updated'
  readonly kind?: string
  readonly status?: AgentStatus
  readonly skill?: string
  readonly capability?: string
  readonly taskType?: string
  readonly owner?: string
  readonly costClass?: string
  readonly text?: string
}

interface ChangeOptions extends SharedOptions {
  readonly revision?: number
}

interface DefineOptions extends ChangeOptions {
  readonly key?: string
}

const limitDefault = 50
const describeMs = 5_000

export const agentsCommand: Register = (program, shell) => {
  const command = shared(program.command('agents'), [
    'agents',
    'agents --kind researcher --status active --limit 10',
    'agents --skill citing --by updated --json',
    'agents poet',
    'agents define docs/examples/agent.json',
    'agents disable poet',
  ])
    .description('list agents from the history, by name; with a name: all that is known of one')
    .argument('[name]', 'the name of one agent')
    .option('--kind <kind>', 'only agents of this kind of the roster')
    .addOption(new Option('--status <status>', 'only those').choices(['active', 'disabled', 'retired']))
    .option('--skill <skill>', 'only agents with this skill, as name@version, or as a name for any version')
    .option('--capability <name>', 'only agents with this capability')
    .option('--task-type <type>', 'only agents for this type of task')
    .option('--owner <owner>', 'only agents of this owner')
    .option('--cost-class <class>', 'only agents of this cost class')
    .option('--text <text>', 'only agents whose name or description holds this')
    .addOption(new Option('--by <order>', 'updated: the latest first').choices(['name', 'updated']).default('name'))
    .option('--limit <n>', 'how many', wholeNumber, limitDefault)
    .option('--after <cursor>', 'the page after this one, as the page before said it')
  command.action(async (name: string | undefined) => {
    const options = command.optsWithGlobals<ListOptions>()
    const place = placeOf(options, shell.environment)
    return name === undefined ? list(shell, place, options) : show(shell, place, { ...options, name })
  })
  registerDefine(command, shell)
  for (const [verb, does] of Object.entries(verbs)) registerVerb(command, shell, { verb, does })
}

const verbs = {
  disable: 'no longer choose an agent, until it is enabled; what it has begun it ends',
  enable: 'choose an agent again that was disabled',
  retire: 'no longer choose an agent; it stays listed, and its name may be defined again',
} as const

async function list(shell: Shell, place: Place, options: ListOptions): Promise<void> {
  await withDatabase(place, async (database) => {
    const { readAgents } = await import('../../history/read-agents.ts')
    const tenant = place.tenant === '*' ? undefined : place.tenant
    const { agents, next } = await readAgents(database, { ...options, tenant })
    if (options.json) return shell.print(JSON.stringify({ agents, next: next ?? null }))
    shell.print(agents.length === 0 ? `The history has no such agent of ${tenant ?? 'any tenant'}.` : agentsTable(agents))
    if (next !== undefined) shell.note(`There are more: --after ${next}`)
  })
}

async function show(shell: Shell, place: Place, { name, json }: ListOptions & { readonly name: string }): Promise<void> {
  const agent = await withDatabase(place, async (database): Promise<ListedAgent | undefined> => {
    const { readAgent } = await import('../../history/read-agents.ts')
    return readAgent(database, name, place.tenant)
  })
  if (!agent)
    throw new NotFound(
      `The history has no agent '${name}' of tenant ${place.tenant}: list them with \`troupe agents\`; one just defined is there within a second.`,
    )
  const record = agent.source === 'registry' ? await described(place, name) : undefined
  shell.print(json ? JSON.stringify({ agent, record: record ?? null }) : agentText(agent, record))
}

/** What the registry itself says; undefined when it cannot be asked now: the history is shown all the same. */
async function described(place: Place, name: string): Promise<AgentRecord | undefined> {
  try {
    const event = { type: 'agent.describe', name }
    const answer = await withClient(place, (client) =>
      client.ask<AgentDescription>(registryOf(place.tenant, name), event, { deadlineMs: describeMs }),
    )
    return answer.ok ? answer : undefined
  } catch (error) {
    if (error instanceof AskTimeout || error instanceof AskRefused || error instanceof ServersNotFound) return undefined
    throw error
  }
}

function registerDefine(agents: Command, shell: Shell): void {
  const command = shared(agents.command('define'), [
    'agents define docs/examples/agent.json',
    'agents define crew.json --key release-7 --json',
    'agents define poet.json --revision 3',
  ])
    .description(
      'create or update agents from a file of JSON: one, a list, or {"skills": […], "agents": […]}; exit code 1 when one is refused',
    )
    .argument('<file>', 'what an agent leaves out comes from its kind')
    .option('--revision <n>', 'of one agent: refuse when it is not at this revision; 0: it must be new', revisionNumber)
    .option('--key <key>', 'the same calls with the same key again are not carried out again')
  command.action(async (file: string) => {
    const options = command.optsWithGlobals<DefineOptions>()
    const { skills, agents: specs } = await readDefinitions(file)
    if (options.revision !== undefined && specs.length !== 1)
      throw new ArgumentInvalid(`Reading --revision: it is for one agent, and ${file} has ${specs.length}.`)
    const expected = options.revision === undefined ? {} : { expectedRevision: options.revision }
    await asking(shell, options, 'defining agents', async (client, { tenant }) => {
      const published = await publishSkills(client, skills, tenant)
      const items = specs.map((agent) => ({ agent, ...expected }))
      const results = await defineAgents(client, items, { tenant, key: options.key })
      if (published.some(({ answer }) => !answer.ok) || results.some(({ ok }) => !ok)) shell.exitWith(exitCodes.failed)
      if (options.json) return shell.print(JSON.stringify({ skills: published.map(({ answer }) => answer), agents: results }))
      if (published.length > 0) shell.print(skillResultsTable(published))
      if (results.length > 0) shell.print(resultsTable(results))
    })
  })
}

function registerVerb(agents: Command, shell: Shell, { verb, does }: { readonly verb: string; readonly does: string }): void {
  const command = shared(agents.command(verb), [`agents ${verb} poet`])
    .description(does)
    .argument('<name>', 'the name of the agent')
  if (verb !== 'enable') command.option('--revision <n>', 'refuse when the agent is not at this revision', revisionNumber)
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<ChangeOptions>()
    await asking(shell, options, `asking to ${verb} ${name}`, async (client, { tenant }) => {
      const expected = options.revision === undefined ? {} : { expectedRevision: options.revision }
      const answer = await client.ask<AgentResult>(registryOf(tenant, name), { type: `agent.${verb}`, name, ...expected })
      if (!answer.ok) throw new AskRefused(`${verb}: ${answer.reason}`, answer.code)
      const what = answer.changed ? `is ${answer.status} now` : `was ${answer.status} already`
      shell.print(options.json ? JSON.stringify(answer) : `${name} ${what}, revision ${answer.revision}`)
    })
  })
}

function revisionNumber(text: string): number {
  const revision = Number(text)
  if (Number.isSafeInteger(revision) && revision >= 0) return revision
  throw new ArgumentInvalid(`Reading the revision '${text}': it is a whole number from 0.`)
}

/** Until it is answered or the command is stopped; a refusal is exit code 1. */
function asking(
  shell: Shell,
  options: SharedOptions,
  what: string,
  work: (client: TroupeClient, place: Place) => Promise<void>,
): Promise<void> {
  const place = placeOf(options, shell.environment)
  return withClient(place, (client) => sayingRefusals(shell, options, () => untilStopped(work(client, place), shell.stop, what)))
}
