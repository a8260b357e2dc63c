import type { Command } from 'commander'
import { AskRefused, type ActorEvent, type TroupeClient } from '../../../client/index.ts'
import { skillsOf, type SkillAnswer, type SkillDescription, type SkillsPage } from '../../../machines/skills.ts'
import { exitCodes } from '../../process.ts'
import { publishSkills } from '../agents/define.ts'
import { readDefinitions } from '../agents/file.ts'
import { skillResultsTable, skillText } from '../agents/text.ts'
import { shared, wholeNumber, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, untilStopped, withClient } from '../connect.ts'
import { ArgumentInvalid } from '../errors.ts'
import { table } from '../output.ts'
import { sayingRefusals } from '../refusal.ts'

interface ListOptions extends SharedOptions {
  readonly limit: number
  readonly after?: string
}

const limitDefault = 50

export const skillsCommand: Register = (program, shell) => {
  const command = shared(program.command('skills'), [
    'skills',
    'skills citing@1',
    'skills define docs/examples/agent.json',
    'skills remove citing@1',
  ])
    .description('list the skills that agents may refer to; with name@version: what one says')
    .argument('[skill]', 'one skill, as name@version')
    .option('--limit <n>', 'how many', wholeNumber, limitDefault)
    .option('--after <skill>', 'the page after this skill')
  command.action(async (skill: string | undefined) => {
    const options = command.optsWithGlobals<ListOptions>()
    await asking(shell, options, async (ask) => {
      if (skill !== undefined) {
        const found = await ask<SkillDescription>({ type: 'skill.describe', skill })
        if (!found.ok) throw new AskRefused(found.reason, found.code)
        return shell.print(options.json ? JSON.stringify(found) : skillText(found))
      }
      const { limit, after } = options
      const { skills, next } = await ask<SkillsPage>({ type: 'skills.list', limit, ...(after !== undefined && { after }) })
      if (options.json) return shell.print(JSON.stringify({ skills, next: next ?? null }))
      const rows = skills.map(({ skill: ref, tools, inUse, description }) => [
        ref,
        inUse ? 'yes' : 'no',
        tools.join(', ') || '-',
        description,
      ])
      shell.print(rows.length === 0 ? 'No skill is published.' : table(['skill', 'in use', 'tools', 'description'], rows))
      if (next !== undefined) shell.note(`There are more: --after ${next}`)
    })
  })
  registerDefine(command, shell)
  registerRemove(command, shell)
}

function registerDefine(skills: Command, shell: Shell): void {
  const command = shared(skills.command('define'), ['skills define docs/examples/agent.json'])
    .description('publish the skills of a file; a version once published never changes')
    .argument('<file>', 'JSON with a list "skills"')
  command.action(async (file: string) => {
    const options = command.optsWithGlobals<SharedOptions>()
    const { skills: given } = await readDefinitions(file)
    if (given.length === 0) throw new ArgumentInvalid(`Reading ${file}: it has no list "skills".`)
    await asking(shell, options, async (_ask, client, tenant) => {
      const results = await publishSkills(client, given, tenant)
      if (results.some(({ answer }) => !answer.ok)) shell.exitWith(exitCodes.failed)
      shell.print(options.json ? JSON.stringify({ skills: results.map(({ answer }) => answer) }) : skillResultsTable(results))
    })
  })
}

function registerRemove(skills: Command, shell: Shell): void {
  const command = shared(skills.command('remove'), ['skills remove citing@1'])
    .description('forget a skill that no agent uses')
    .argument('<skill>', 'as name@version')
  command.action(async (skill: string) => {
    const options = command.optsWithGlobals<SharedOptions>()
    await asking(shell, options, async (ask) => {
      const answer = await ask<SkillAnswer>({ type: 'skill.remove', skill })
      if (!answer.ok) throw new AskRefused(answer.reason, answer.code)
      shell.print(options.json ? JSON.stringify(answer) : `${skill} is removed.`)
    })
  })
}

type Ask = <Answer>(event: ActorEvent) => Promise<Answer>

/** Until it is answered or the command is stopped; a refusal is exit code 1. */
function asking(
  shell: Shell,
  options: SharedOptions,
  work: (ask: Ask, client: TroupeClient, tenant: string) => Promise<void>,
): Promise<void> {
  const place = placeOf(options, shell.environment)
  return withClient(place, (client) =>
    sayingRefusals(shell, options, () =>
      untilStopped(
        work((event) => client.ask(skillsOf(place.tenant), event), client, place.tenant),
        shell.stop,
        'asking for skills',
      ),
    ),
  )
}
