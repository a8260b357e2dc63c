// Collect
// Puts a run together for an export: asks the API what its page would ask, as whoever wants the export, and keeps each answer as it came.
//
// C1. Nothing is in an export that the caller was not answered: tenants, rights, hidden secrets and shapes are those of the API's own operations.
// C2. Answers together are at most `bundleBytesMax`, what there is of them is bounded by limits.ts, and asking ends when its signal does; what was left out is said in `cut`.
// C3. What is left over of the bytes is shared out: a long actor does not take the moments of those after it, and what it lacks is its oldest turns.
import { parseActorId } from '../../../machines/address.ts'
import { bundleFormat, bundleVersion, type Bundle, type ExportedActor } from './bundle.ts'
import { NotExported } from './errors.ts'
import { actorsMax, correlationsMax, decisionsMax, depthMax, tasksMax } from './limits.ts'
import { Taken } from './taken.ts'

export interface Answered {
  readonly status: number
  /** A problem (RFC 9457) where the status says so. */
  readonly body: unknown
}

/** The API as one caller sees it. */
export interface Source {
  /** Of its GET operations, below /v1: `/actors/:actor/calls`. */
  readonly paths: readonly string[]
  ask(path: string): Promise<Answered>
}

export interface Wish {
  readonly kind: 'task' | 'actor'
  readonly id: string
  /** Of a task, where several tenants have one of that id. */
  readonly tenant?: string | undefined
  /** Of each actor, the newest. */
  readonly turns: number
  readonly by: string
  readonly troupe: string
  readonly signal: AbortSignal
  readonly bytesMax?: number
}

const pageRows = 200
const asked = 4

/** Throws `NotExported`: the first answer is a problem. */
export async function collect(source: Source, wish: Wish): Promise<Bundle> {
  const taken = new Taken(source, wish)
  const named = wish.kind === 'task' ? await takeTask(taken, wish) : await takeFamily(taken, wish)
  const chosen = named.slice(0, actorsMax)
  if (named.length > chosen.length) taken.cut.push(`${named.length - chosen.length} of its ${named.length} actors are left out`)
  const lives: Life[] = []
  for (const actor of chosen) lives.push(await takeLife(taken, actor, wish.turns))
  if (wish.kind === 'actor') await takeRuns(taken, lives[0])
  await takeMachines(taken, lives)
  const actors: ExportedActor[] = []
  for (const [at, life] of lives.entries()) actors.push(await takeMoments(taken, life, lives.length - at))
  await takeMachines(taken, lives) // of versions that were known only from its moments
  return {
    format: bundleFormat,
    version: bundleVersion,
    made: { at: Date.now(), by: wish.by, troupe: wish.troupe },
    of: { kind: wish.kind, id: wish.id },
    actors,
    cut: taken.told(),
    answers: [...taken.answers.values()],
  }
}

/** An actor, and what the export has of its turns. */
interface Life {
  readonly actor: string
  readonly path: string
  readonly turns: readonly number[]
  readonly last: number
  readonly correlations: readonly string[]
  /** Structure hashes of the machines it ran on. */
  readonly hashes: Set<string>
}

/** Actors of the task and of its steps, the task first. */
async function takeTask(taken: Taken, { id }: Wish): Promise<readonly string[]> {
  const first = await taken.ask(`/tasks/${encodeURIComponent(id)}`)
  if (first.status !== 200) throw notExported(first, `exporting task ${id}`)
  taken.tenant = textIn(first.body, 'tenant') ?? taken.tenant
  const ids = [id]
  const actors = new Set<string>()
  for (const one of ids) {
    const path = `/tasks/${encodeURIComponent(one)}`
    const task = await taken.take(path)
    const bodies = [task, ...(await taken.takeBelow('/tasks/:id', path))]
    for (const actor of bodies.flatMap(actorsIn)) actors.add(actor)
    for (const step of rowsIn(task, 'steps')) {
      const key = textIn(step, 'id')
      if (key !== undefined && !ids.includes(key) && ids.length < tasksMax) ids.push(key)
    }
    await taken.take(`/decisions?task=${encodeURIComponent(one)}&limit=${pageRows}`)
    const decisions = [task, ...rowsIn(task, 'executions')].flatMap((row) => textIn(row, 'decisionId') ?? [])
    if (decisions.length > decisionsMax) taken.cut.push(`task ${one}: only ${decisionsMax} of its decisions are in the export`)
    for (const decision of [...new Set(decisions)].slice(0, decisionsMax)) {
      const chosen = `/decisions/${encodeURIComponent(decision)}`
      await taken.take(chosen)
      await taken.takeBelow('/decisions/:id', chosen)
    }
  }
  if (ids.length === tasksMax) taken.cut.push(`at most ${tasksMax} tasks are in an export: later steps may be left out`)
  return [...actors]
}

/** The task itself, its agents, and whoever has a part in its run. */
const actorsIn = (body: unknown): readonly string[] =>
  [body, ...rowsIn(body, 'executions'), ...rowsIn(body, 'spans')].flatMap((row) =>
    [textIn(row, 'actor'), textIn(row, 'agentActor')].filter((actor) => actor !== undefined),
  )

/** The actor and its children, and theirs. */
async function takeFamily(taken: Taken, { id }: Wish): Promise<readonly string[]> {
  const first = await taken.ask(actorPath(id))
  if (first.status !== 200) throw notExported(first, `exporting actor ${id}`)
  taken.tenant = parseActorId(id)?.tenant ?? taken.tenant
  const found = [id]
  let level = [id]
  for (let depth = 0; depth < depthMax && level.length > 0; depth++) {
    const next: string[] = []
    for (const actor of level.slice(0, actorsMax)) next.push(...childrenIn(await taken.take(actorPath(actor))))
    level = [...new Set(next)].filter((actor) => !found.includes(actor))
    found.push(...level)
  }
  if (level.length > 0) taken.cut.push(`children after ${depthMax} generations are left out`)
  return found
}

function childrenIn(now: unknown): readonly string[] {
  const children = fieldOf(now, 'children')
  const all: readonly unknown[] = Object.values(typeof children === 'object' && children !== null ? children : {})
  return all.flatMap((child) => (textIn(child, 'kind') === 'actor' ? (textIn(child, 'address') ?? []) : []))
}

/** An actor without its moments. */
async function takeLife(taken: Taken, actor: string, turns: number): Promise<Life> {
  const path = actorPath(actor)
  const now = await taken.take(path)
  await taken.takeBelow('/actors/:actor', path)
  const { rows, firstKnown, last } = await historyOf(taken, path, turns)
  const numbers = rows.flatMap((row) => numberIn(row, 'turn') ?? [])
  const first = numbers.at(-1) ?? 0
  if (rows.length > 0) taken.put(`${path}/history`, 200, { rows, first, last })
  if (first > firstKnown) taken.cut.push(`${actor}: its turns ${firstKnown} to ${first - 1} are left out; it has the newest ${rows.length}`)
  const correlations = [...new Set(rows.flatMap((row) => textIn(row, 'correlation') ?? []))]
  return { actor, path, turns: numbers, last, correlations, hashes: new Set(hashIn(now)) }
}

/** The newest turns, the newest first. */
async function historyOf(taken: Taken, path: string, turns: number) {
  const rows: unknown[] = []
  let [firstKnown, last] = [0, 0]
  while (rows.length < turns && taken.hasRoom) {
    const before = numberIn(rows.at(-1), 'turn')
    const limit = Math.min(pageRows, turns - rows.length)
    const { status, body } = await taken.ask(`${path}/history?limit=${limit}${before === undefined ? '' : `&before=${before}`}`)
    const page = rowsIn(body, 'rows')
    if (status !== 200 || page.length === 0) break
    ;[firstKnown, last] = [numberIn(body, 'first') ?? 0, last || (numberIn(body, 'last') ?? 0)]
    rows.push(...page)
    if ((numberIn(rows.at(-1), 'turn') ?? 0) <= firstKnown) break
  }
  return { rows, firstKnown, last }
}

/** The page draws the messages around an actor from the runs of the tasks it worked for. */
async function takeRuns(taken: Taken, life: Life | undefined): Promise<void> {
  const { actor, correlations = [] } = life ?? {}
  if (correlations.length > correlationsMax)
    taken.cut.push(`${actor}: only the runs of the ${correlationsMax} latest of its ${correlations.length} tasks are in the export`)
  for (const correlation of correlations.slice(0, correlationsMax)) {
    const path = `/tasks/${encodeURIComponent(correlation)}/run`
    const { status, body } = await taken.ask(path)
    if (status === 200) taken.put(path, status, body) // an actor may correlate with what is no task
  }
}

const drawn = ['/chart', '/layout', '/lint']

/** Charts with their layout, of every version that one of them ran on. */
async function takeMachines(taken: Taken, lives: readonly Life[]): Promise<void> {
  taken.limit = taken.bytesMax
  for (const { actor, hashes } of lives) {
    const machine = `/machines/${encodeURIComponent(parseActorId(actor)?.type ?? '')}`
    for (const hash of hashes.size === 0 ? [undefined] : hashes)
      for (const part of drawn) await taken.take(`${machine}${part}${hash === undefined ? '' : `?hash=${encodeURIComponent(hash)}`}`)
  }
}

/** C3: the newest first. */
async function takeMoments(taken: Taken, { actor, path, turns, last, hashes }: Life, actorsLeft: number): Promise<ExportedActor> {
  taken.limit = taken.bytes + Math.floor((taken.bytesMax - taken.bytes) / actorsLeft)
  let first = 0
  for (let at = 0; at < turns.length; at += asked) {
    const some = turns.slice(at, at + asked)
    const answers = taken.hasRoom ? await Promise.all(some.map((turn) => taken.ask(`${path}/moments/${turn}`))) : []
    for (const [index, { status, body }] of answers.entries()) {
      const hash = textIn(fieldOf(body, 'machine'), 'hash')
      if (taken.keep(`${path}/moments/${some[index]}`, status, body) && hash !== undefined) hashes.add(hash)
    }
    const missing = some.find((turn) => !taken.answers.has(`${path}/moments/${turn}`))
    first = missing === undefined ? (some.at(-1) ?? first) : missing + 1
    if (missing === undefined) continue
    taken.cut.push(`${actor}: what it was after turn ${missing} and before is left out`)
    break
  }
  return { actor, first: first > last ? 0 : first, last }
}

const actorPath = (actor: string): string => `/actors/${encodeURIComponent(actor)}`

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined

function textIn(value: unknown, name: string): string | undefined {
  const field = fieldOf(value, name)
  return typeof field === 'string' ? field : undefined
}

function numberIn(value: unknown, name: string): number | undefined {
  const field = fieldOf(value, name)
  return typeof field === 'number' ? field : undefined
}

function rowsIn(value: unknown, name: string): readonly unknown[] {
  const field: unknown = fieldOf(value, name)
  return Array.isArray(field) ? field : []
}

const hashIn = (body: unknown): readonly string[] => {
  const hash = textIn(fieldOf(body, 'machine'), 'hash')
  return hash === undefined ? [] : [hash]
}

const notExported = ({ status, body }: Answered, what: string): NotExported =>
  new NotExported(`${what}: ${textIn(body, 'detail') ?? `the API answered ${status}`}`, {
    status,
    code: textIn(body, 'code') ?? 'TR_RESOURCE_MISSING',
  })
