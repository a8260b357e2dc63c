// Crew
// The processes of the project that `troupe dev` runs beside the servers: model server, workers, projector. Started, watched, replaced, stopped.
//
// C1. A process that ends without being asked is started again after a backoff, at most `restartsMax` times; one more breaks the crew.
// C2. A process that ends before it was ready for the first time is not started again: what it said last is the error.
// C3. After `stop` none is left.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Child, Exit } from '../../stack/child.ts'
import { processStopLimitMs, startProcess } from '../../stack/processes.ts'
import { ProcessGivenUp } from './errors.ts'

/** One process to run, under a name of its own. */
export interface Post {
  /** For people, and the name of its log file. */
  readonly name: string
  /** Below services/. */
  readonly entry: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** For Node itself. */
  readonly nodeFlags?: readonly string[]
  /** The field of the JSON line it prints when it is ready. */
  readonly readyField: string
}

export interface CrewOptions {
  /** Where the log files are. */
  readonly folder: string
  readonly note: (line: string) => void
  /** Also show what the processes print. */
  readonly verbose: boolean
}

export type Said = Readonly<Record<string, unknown>>

const restartsMax = 5
const backoffMs = 250
const readyMsMax = 30_000
const linesKept = 20
const hurriedStopLimitMs = 500
/** What a process has printed arrives a little after the news of its end. */
const lastWordsMs = 50

export class Crew {
  /** Resolves when a process was given up (C1). */
  readonly broken: Promise<ProcessGivenUp>
  readonly #options: CrewOptions
  readonly #children = new Map<string, Child>()
  readonly #said = new Map<string, Said>()
  readonly #breaking = Promise.withResolvers<ProcessGivenUp>()
  readonly #starting = new Set<Promise<unknown>>()
  #stopping = false
  #stopLimitMs = processStopLimitMs

  constructor(options: CrewOptions) {
    this.#options = options
    this.broken = this.#breaking.promise
  }

  /** Resolves with what the process says when it is ready. Throws `ProcessGivenUp`. */
  async start(post: Post): Promise<Said> {
    const { child, ready } = await this.#launch(post)
    const said = await ready // C2
    this.#said.set(post.name, said)
    void this.#watch(post, child)
    return said
  }

  /** What each process that runs said when it was ready, by name. */
  get said(): ReadonlyMap<string, Said> {
    return new Map([...this.#said].filter(([name]) => this.#children.has(name)))
  }

  get isStopping(): boolean {
    return this.#stopping
  }

  /** Ends a process as a crash does; it is not started again. Its pid, or undefined when no such process runs. */
  kill(name: string): number | undefined {
    const child = this.#children.get(name)
    if (!child) return undefined
    this.#children.delete(name)
    process.kill(child.pid, 'SIGKILL')
    return child.pid
  }

  /** The servers are gone: there is nothing left to drain to, so `stop` does not wait for it. */
  hurry(): void {
    this.#stopLimitMs = hurriedStopLimitMs
  }

  /** Lets all of them end in order, and kills what does not. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.allSettled(this.#starting)
    await Promise.all([...this.#children.values()].map((child) => child.stop(this.#stopLimitMs)))
  }

  async #launch(post: Post): Promise<{ child: Child; ready: Promise<Said> }> {
    if (this.#stopping) throw new ProcessGivenUp(`Starting ${post.name}: everything is being stopped.`) // C3
    const { folder, note, verbose } = this.#options
    const { name, entry, environment, nodeFlags = [], readyField } = post
    const log = fs.createWriteStream(path.join(folder, `${name}.log`), { flags: 'a' })
    const lines: string[] = []
    const said = Promise.withResolvers<Said>()
    const onLine = (line: string): void => {
      log.write(`${line}\n`)
      lines.push(line)
      if (lines.length > linesKept) lines.shift()
      if (verbose) note(`${name}: ${line}`)
      const value = parse(line)
      if (value && readyField in value && !('level' in value)) said.resolve(value)
    }
    const starting = startProcess({
      name,
      entry: fileURLToPath(new URL(`../../${entry}`, import.meta.url)),
      nodeFlags,
      env: { ...environment },
      onLine,
    }).then((started) => {
      this.#children.set(name, started) // before `stop` can think that nothing is starting any more (C3)
      return started
    })
    this.#starting.add(starting)
    const child = await starting.finally(() => this.#starting.delete(starting))
    void child.exited.then(() => log.end())
    const last = (): string => lines.at(-1) ?? 'it printed nothing'
    return { child, ready: readyOrEnded(child, said.promise, last) }
  }

  /** C1: the loop of one post, for as long as it is held. */
  async #watch(post: Post, first: Child): Promise<void> {
    let child = first
    for (let restarts = 0; ; restarts++) {
      const exit = await child.exited
      if (this.#stopping || exit.asked || this.#children.get(post.name) !== child) return
      this.#children.delete(post.name)
      if (restarts === restartsMax) return this.#giveUp(post, exit)
      const waitMs = backoffMs * 2 ** restarts
      this.#options.note(`${exit.text} unexpectedly; it is started again in ${waitMs} ms`)
      await delay(waitMs)
      if (this.#stopping) return
      const launched = await this.#launch(post)
      launched.ready.then(
        (said) => this.#said.set(post.name, said),
        () => {}, // it has ended: the next pass sees it
      )
      child = launched.child
    }
  }

  #giveUp({ name }: Post, exit: Exit): void {
    const where = path.join(this.#options.folder, `${name}.log`)
    this.#breaking.resolve(new ProcessGivenUp(`${exit.text} after ${restartsMax} restarts and is given up; what it said is in ${where}.`))
  }
}

/** C2 */
async function readyOrEnded(child: Child, said: Promise<Said>, last: () => string): Promise<Said> {
  const ended = child.exited.then(async (exit) => {
    await delay(lastWordsMs)
    throw new ProcessGivenUp(`Starting ${child.name}: ${exit.text}. It said: ${last()}`)
  })
  const late = delay(readyMsMax, undefined, { ref: false }).then(() => {
    throw new ProcessGivenUp(`Starting ${child.name}: not ready after ${readyMsMax / 1_000} s. It said: ${last()}`)
  })
  late.catch(() => {})
  ended.catch(() => {})
  return Promise.race([said, ended, late])
}

function parse(line: string): Said | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Said) : undefined
  } catch {
    return undefined // a line for people
  }
}
