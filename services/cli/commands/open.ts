import { readFile, stat } from 'node:fs/promises'
import { openBytesMax, readBundle, tooLarge } from '../../inspector/bundle/bundle.ts'
import type { Register } from '../command.ts'
import { ArgumentInvalid } from '../errors.ts'

interface OpenOptions {
  readonly port: string
}

export const openCommand: Register = (program, shell) => {
  const command = program
    .command('open')
    .argument('<file>', 'what `troupe export … --out run.json` wrote')
    .description('shows an export in the browser, on this machine only; nothing else has to run')
    .option('--port <port>', 'of the address (default: a free one)', '0')
    .addHelpText('after', '\nExamples:\n  $ troupe open run.json\n  $ troupe open run.json --port 4300')
  command.action(async (file: string) => {
    const { port } = command.optsWithGlobals<OpenOptions>()
    const bundle = readBundle(await textOf(file), file)
    const [{ htmlOf }, { bundleSinglePage }, { servePage }] = await Promise.all([
      import('../../inspector/bundle/html.ts'),
      import('../../gateway/page.ts'), // large
      import('../serve-page.ts'),
    ])
    const server = await servePage(await htmlOf(bundle, await bundleSinglePage()), portIn(port))
    shell.print(server.url)
    shell.note(`The ${bundle.of.kind} ${bundle.of.id}, as it was ${new Date(bundle.made.at).toISOString()}. Ctrl-C ends it.`)
    await server.untilStopped(shell.stop)
  })
}

function portIn(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new ArgumentInvalid(`Opening on port '${text}': it is to be a number from 0 to 65535.`)
}

/** Throws `ArgumentInvalid`, `ExportTooLarge`. */
async function textOf(file: string): Promise<string> {
  if (file.endsWith('.html')) throw new ArgumentInvalid(`Opening ${file}: it opens by itself; give it to a browser.`)
  try {
    const { size } = await stat(file)
    if (size > openBytesMax) throw tooLarge(file)
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (!(cause instanceof Error) || !('syscall' in cause)) throw cause
    throw new ArgumentInvalid(`Opening ${file}: it cannot be read (${cause.message}); name a file that is there.`, { cause })
  }
}
