// Find NATS
// Finds a nats-server this project can run with, or fetches one into the project's cache.
// Plain JavaScript on node: modules only: it also runs before anything is installed, on the older Node of a machine.
//
// E1. Nothing outside the cache folder is written: no system package, no apt state, no user.
// E2. What apt fetches is checked by apt against the distribution's own keyring before it is unpacked.
// E3. Two calls at once are both right: each works in its own folder, the binary appears by one atomic rename.
import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const VERSION_MIN = [2, 12, 0]
const MAJOR_BELOW = 3
const VERSION_TIMEOUT_MS = 10_000
const APT_TIMEOUT_MS = 180_000
const BREW_TIMEOUT_MS = 600_000
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

/** The versions that fit, for people. */
export const natsWanted = `${VERSION_MIN.join('.')} or newer, below ${MAJOR_BELOW}`
const WHAT_TO_DO =
  'Put a nats-server on PATH, set NATS_SERVER_BIN to one, or set NATS_URL to a running server (for example: docker run -p 4222:4222 nats:2.12 -js).'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const run = promisify(execFile)

/** The path of a nats-server that fits. `say` gets one line when something has to be fetched. */
export async function findNats(say = () => {}, env = process.env) {
  if (env.NATS_SERVER_BIN) return fromEnvironment(env.NATS_SERVER_BIN)

  const cache = env.TROUPE_NATS_CACHE ?? path.join(root, '.cache', 'nats')
  const cached = path.join(cache, 'bin', 'nats-server')
  if (fits(await versionOf(cached))) return cached

  const found = []
  const onPath = await which('nats-server', env)
  if (onPath) {
    const version = await versionOf(onPath)
    if (fits(version)) return onPath
    found.push(`${onPath} is ${version ? `version ${version.join('.')}` : 'not runnable'}`)
  }
  const sources = [
    { name: 'apt', command: 'apt-get', fetch: () => fetchWithApt(cache, cached, say) },
    { name: 'Homebrew', command: 'brew', fetch: () => fetchWithBrew(env, say) },
  ]
  for (const { name, command, fetch } of sources) {
    if (!(await which(command, env))) continue
    try {
      return await fetch()
    } catch (error) {
      found.push(`${name}: ${reasonOf(error)}`)
    }
  }
  throw new Error(`No nats-server found (needed: ${natsWanted}${found.map((line) => `; ${line}`).join('')}). ${WHAT_TO_DO}`)
}

async function fromEnvironment(binary) {
  const version = await versionOf(binary)
  if (fits(version)) return binary
  const is = version ? `version ${version.join('.')}` : 'not a nats-server that runs here'
  throw new Error(`NATS_SERVER_BIN=${binary} is ${is} (needed: ${natsWanted}). ${WHAT_TO_DO}`)
}

// --- apt: this machine's own archive, its own signatures, but a state folder of ours

async function fetchWithApt(cache, target, say) {
  say('fetching nats-server from the package archive of this machine')
  await fs.mkdir(cache, { recursive: true })
  const work = await fs.mkdtemp(path.join(cache, 'fetch-')) // E3
  try {
    return await fetchFromSuites(await aptSetup(work), target)
  } finally {
    await fs.rm(work, { recursive: true, force: true })
  }
}

/** Where the archive of this machine is, and the options which keep apt inside `work` (E1). */
async function aptSetup(work) {
  const os = parseOsRelease(await fs.readFile('/etc/os-release', 'utf8'))
  const family = [os.ID, ...(os.ID_LIKE ?? '').split(' ')].includes('ubuntu') ? 'ubuntu' : 'debian'
  for (const folder of ['none', 'lists/partial', 'archives/partial', 'deb']) await fs.mkdir(path.join(work, folder), { recursive: true })
  await fs.writeFile(path.join(work, 'status'), '')
  const settings = [
    `Dir::State::Lists=${work}/lists`,
    `Dir::State::status=${work}/status`,
    `Dir::Cache=${work}`,
    `Dir::Cache::archives=${work}/archives`,
    'Acquire::Languages=none',
    'Acquire::Retries=3',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'APT::Get::AllowUnauthenticated=false',
    'APT::Update::Post-Invoke=',
    'APT::Update::Post-Invoke-Success=',
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User=root'] : []),
  ]
  const options = settings.flatMap((setting) => ['-o', setting])
  // `--print-uris` only reads the configuration: it needs no network and writes nothing.
  const { stdout } = await aptGet([...options, 'update', '--print-uris'])
  const archives = [...stdout.matchAll(/^'([^']+)\/dists\/([^']+?)\/(?:InRelease|Release)'/gm)].map(([, uri, suite]) => ({ uri, suite }))
  const archive = archives.find(({ suite }) => [os.VERSION_CODENAME, 'stable', 'testing'].includes(suite))
  if (!archive) throw new Error(`no archive is set up for ${os.VERSION_CODENAME}`)
  const keyring = `/usr/share/keyrings/${family}-archive-keyring.gpg`
  await fs.access(keyring)
  return { work, options, keyring, uri: archive.uri, family, codename: os.VERSION_CODENAME }
}

async function fetchFromSuites(setup, target) {
  const newer = setup.family === 'ubuntu' ? ['devel'] : ['testing', 'unstable']
  const tried = []
  for (const suite of [setup.codename, `${setup.codename}-backports`, ...newer]) {
    try {
      const binary = await fetchFromSuite(setup, suite)
      await fs.mkdir(path.dirname(target), { recursive: true })
      await fs.rename(binary, target) // E3
      return target
    } catch (error) {
      tried.push(`${suite}: ${reasonOf(error)}`)
    }
  }
  throw new Error(`no suite of the archive has it (${tried.join(', ')})`)
}

async function fetchFromSuite({ work, options, keyring, uri, family }, suite) {
  const sources = path.join(work, 'one.sources')
  const component = family === 'ubuntu' ? 'universe' : 'main'
  await fs.writeFile(sources, `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: ${component}\nSigned-By: ${keyring}\n`)
  const only = [`Dir::Etc::SourceList=${sources}`, `Dir::Etc::SourceParts=${work}/none`]
  const preferences = ['Dir::Etc::Preferences=/dev/null', `Dir::Etc::PreferencesParts=${work}/none`]
  const scoped = [...options, ...[...only, ...preferences].flatMap((setting) => ['-o', setting])]

  await aptGet([...scoped, '--error-on=any', 'update']) // E2: an unsigned or wrongly signed archive fails here
  const madison = await run('apt-cache', [...scoped, 'madison', 'nats-server'], { maxBuffer: OUTPUT_BYTES_MAX })
  const offered = parseVersion(madison.stdout.split('|')[1] ?? '')
  if (!fits(offered)) throw new Error(offered ? `has ${offered.join('.')}` : 'has none')

  await aptGet([...scoped, 'download', 'nats-server'], path.join(work, 'deb'))
  const deb = (await fs.readdir(path.join(work, 'deb'))).find((name) => name.endsWith('.deb'))
  if (!deb) throw new Error('apt downloaded no package')
  await run('dpkg-deb', ['-x', path.join(work, 'deb', deb), path.join(work, suite)])
  for (const inside of ['usr/sbin/nats-server', 'usr/bin/nats-server']) {
    const binary = path.join(work, suite, inside)
    if (fits(await versionOf(binary))) return binary
  }
  throw new Error(`${deb} does not run on this machine`)
}

function aptGet(args, cwd) {
  return run('apt-get', ['-q', ...args], {
    cwd,
    timeout: APT_TIMEOUT_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
    env: { ...process.env, LC_ALL: 'C' },
  })
}

function parseOsRelease(text) {
  return Object.fromEntries([...text.matchAll(/^(\w+)="?([^"\n]*)"?$/gm)].map(([, name, value]) => [name, value]))
}

// --- Homebrew

async function fetchWithBrew(env, say) {
  say('installing nats-server with Homebrew')
  await run('brew', ['install', 'nats-server'], { timeout: BREW_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX })
  const binary = await which('nats-server', env)
  if (binary && fits(await versionOf(binary))) return binary
  throw new Error('what it installed is missing or too old')
}

// --- versions and paths

async function versionOf(binary) {
  try {
    return parseVersion((await run(binary, ['--version'], { timeout: VERSION_TIMEOUT_MS })).stdout)
  } catch {
    return undefined // not there, not executable, or not for this machine: all mean "look further"
  }
}

function parseVersion(text) {
  return /v?(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number)
}

/** Whether a version such as `2.15.1` is one this project runs with. */
export function natsVersionFits(text) {
  return fits(parseVersion(text))
}

function fits(version) {
  if (!version || version[0] >= MAJOR_BELOW) return false
  const differs = VERSION_MIN.findIndex((part, index) => version[index] !== part)
  return differs === -1 || version[differs] > VERSION_MIN[differs]
}

async function which(name, env) {
  if (!env.PATH) return undefined
  const besidePath = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'] // where packages put servers
  for (const folder of [...env.PATH.split(path.delimiter).filter(Boolean), ...besidePath]) {
    const candidate = path.join(folder, name)
    try {
      await fs.access(candidate, fs.constants.X_OK)
      return candidate
    } catch {
      // not in this folder
    }
  }
  return undefined
}

function reasonOf(error) {
  const lines = String(error.stderr || error.message)
    .trim()
    .split('\n')
  return lines.at(-1).trim()
}
