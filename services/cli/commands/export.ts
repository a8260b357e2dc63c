import { writeFile } from 'node:fs/promises'
import { Option } from 'commander'
import { actorId } from '../../../machines/address.ts'
import type { Bundle } from '../../inspector/bundle/bundle.ts'
import { turnsDefault, turnsMax } from '../../inspector/bundle/limits.ts'
import { shared, wholeNumber, type Register, type SharedOptions } from '../command.ts'
import { placeOf } from '../connect.ts'
import { ArgumentInvalid } from '../errors.ts'
import { parseTarget } from '../words.ts'

interface ExportOptions extends SharedOptions {
  readonly out?: string
  readonly turns: number
  readonly module?: string
}

const exportMs = 300_000

export const exportCommand: Register = (program, shell) => {
  const command = shared(program.command('export'), [
    'export 7c9e6679-7425-40de-944b-e07fc1f90ae7',
    'export main/agent-researcher/42.1 --turns 500',
    'export 42 --out run.json',
  ])
    .description('a run as one file: a page that opens by itself, without a server or a network, or JSON for `troupe open`')
    .argument('<what>', 'the id of a task, or the address of an actor: tenant/type/key, or type/key')
    .option('--out <file>', 'ending in .html or .json (default: an .html here, named after it)')
    .addOption(new Option('--turns <n>', `of each actor, the newest; at most ${turnsMax}`).argParser(wholeNumber).default(turnsDefault))
    .option('--module <module>', "module that exports `definitions` (default: the main job's of this checkout)")
  command.action(async (what: string) => {
    const options = command.optsWithGlobals<ExportOptions>()
    const place = placeOf(options, shell.environment)
    const wish = wishOf(what, place.tenant, options)
    const out = options.out ?? `troupe-${wish.id.replaceAll(/[^\w.-]+/g, '-')}.html`
    const isJson = out.endsWith('.json')
    if (!isJson && !out.endsWith('.html')) throw new ArgumentInvalid(`Exporting to ${out}: its name is to end in .html or .json.`)
    const [{ withApi }, { collect }] = await Promise.all([import('../api.ts'), import('../../inspector/bundle/collect.ts')]) // large
    const signal = AbortSignal.any([shell.stop, AbortSignal.timeout(exportMs)])
    const bundle = await withApi(place, options.module, ({ api, by, version }) => collect(api, { ...wish, by, troupe: version, signal }))
    const text = isJson ? JSON.stringify(bundle) : await pageOf(bundle)
    await writeFile(out, text).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new ArgumentInvalid(`Exporting to ${out}: it cannot be written (${why}); name a file in a folder that is there.`, { cause })
    })
    const { actors, cut } = bundle
    const bytes = Buffer.byteLength(text)
    if (options.json) return shell.print(JSON.stringify({ out, bytes, actors, cut }))
    shell.print(out)
    shell.note(
      `${actors.length} actors, ${Math.ceil(bytes / 1_024)} KiB.${isJson ? ` Look at it with \`troupe open ${out}\`.` : ' Open it in a browser.'}`,
    )
    for (const sentence of cut) shell.note(`Left out: ${sentence}.`)
  })
}

/** Throws `ArgumentInvalid`. */
function wishOf(what: string, tenant: string, { tenant: named, turns }: ExportOptions) {
  if (turns > turnsMax) throw new ArgumentInvalid(`Exporting ${turns} turns of each actor: at most ${turnsMax} are exported.`)
  if (!what.includes('/')) return { kind: 'task' as const, id: what, tenant: named, turns }
  const target = parseTarget(what, tenant, named !== undefined)
  return { kind: 'actor' as const, id: actorId(target.tenant, target.type, target.key), turns }
}

async function pageOf(bundle: Bundle): Promise<string> {
  const [{ htmlOf }, { bundleSinglePage }] = await Promise.all([
    import('../../inspector/bundle/html.ts'),
    import('../../gateway/page.ts'), // large
  ])
  return htmlOf(bundle, await bundleSinglePage())
}
