// Peers
// Troupe beside its peers in one run on this machine: one system at a time, Troupe first and again last, so that drift shows.
// Options: --only restate,bullmq (Troupe is always measured), --seconds <n> a measurement (default 5), --results <folder> (default results).
//
// P1. A system that cannot be installed or run here is a row with its reason; the run goes on.
// P2. The run is bounded: each system has a time limit, and what it leaves running is ended with its process group, also when the runner is stopped.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isSystem, roster, systems, type System } from './roster.ts'
import { report, type Measured, type Row } from './report.ts'
import type { Order, Setting, Told } from './system.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    results: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) },
  },
})

/** Beyond the measurements themselves: the server's start and stop, warming up, the last answers. */
const overheadLimitMs = 120_000
const measurements = 5
const secondsMax = 120

const seconds = Number(values.seconds)
if (!(seconds > 0 && seconds <= secondsMax)) quit(`--seconds is a number up to ${secondsMax}, not ${values.seconds}.`)
const peers = (values.only?.split(',') ?? systems).filter((name) => name !== 'troupe')
const unknown = peers.filter((name) => !isSystem(name))
if (unknown.length > 0) quit(`--only knows ${systems.join(', ')}; not ${unknown.join(', ')}.`)

const rows: Row[] = []
for (const [place, system] of (['troupe', ...peers.filter(isSystem), 'troupe'] as const).entries())
  for (const setting of roster[system]) rows.push(await measureSystem(system, setting, runOf(system, place)))
await writeResults()

function runOf(system: System, place: number): Row['run'] {
  if (system !== 'troupe') return undefined
  return place === 0 ? 'first' : 'last'
}

async function measureSystem(system: System, setting: Setting, run: Row['run']): Promise<Row> {
  const folder = await mkdtemp(path.join(os.tmpdir(), `bench-${system}-`))
  process.stderr.write(`${system} (${setting.name}) … `)
  try {
    const measured = await inProcess({ system, setting: setting.name, folder, seconds })
    process.stderr.write(`${measured.failed ?? `${measured.figures.length} figures`}\n`)
    return { system, setting, run, ...measured }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function inProcess(order: Order): Promise<Measured> {
  const child = fork(new URL('measure-one.ts', import.meta.url), [JSON.stringify(order)], {
    detached: true, // a process group of its own (P2)
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, TMPDIR: order.folder }, // all that it leaves is removed with the folder
  })
  let measured: Measured = { versions: '', figures: [], failed: undefined }
  let isDone = false
  let lastWords = ''
  child.stderr?.on('data', (text: Buffer) => (lastWords = `${lastWords}${text.toString()}`.slice(-2_000)))
  child.on('message', (told: Told) => {
    if (told.kind === 'done') isDone = true
    else if (told.kind === 'started') measured = { ...measured, versions: told.versions }
    else if (told.kind === 'failed') measured = { ...measured, failed: told.reason }
    else measured = { ...measured, figures: [...measured.figures, told.figure] }
  })
  const limitMs = overheadLimitMs + measurements * order.seconds * 1_000
  const limit = setTimeout(() => {
    measured = { ...measured, failed: `not done after ${limitMs / 1_000} s` }
    endGroup(child)
  }, limitMs)
  const [code] = await once(child, 'exit')
  clearTimeout(limit)
  endGroup(child)
  const silent = isDone || measured.failed !== undefined ? measured.failed : `ended with code ${String(code)}: ${errorIn(lastWords)}`
  return { ...measured, failed: silent }
}

/** P2. The servers end with it: services/stack/child.ts. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // nothing of it is left
  }
}

async function writeResults(): Promise<void> {
  const machine = `${os.availableParallelism()} cores (${os.cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}, ${os.platform()} ${os.arch()}`
  const at = new Date().toISOString()
  const table = report(rows, { machine, seconds, at })
  const lines = rows.flatMap(({ figures, setting, ...row }) => {
    const head = { at, ...row, setting: setting.name, durability: setting.durability, isDefault: setting.isDefault }
    return figures.length === 0 ? [head] : figures.map((figure) => ({ ...head, ...figure }))
  })
  await mkdir(values.results, { recursive: true })
  await writeFile(path.join(values.results, 'latest.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  await writeFile(path.join(values.results, 'latest.md'), table)
  process.stdout.write(table)
}

/** What a process that broke off said: the line with its error, else its last. */
function errorIn(text: string): string {
  return (/^.*\berror\b.*$/im.exec(text)?.[0] ?? text.trim().split('\n').at(-1) ?? '').trim()
}

function quit(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(2)
}
