// Answers
// What an export says to what the page asks: the answer that was recorded, or a list made of the recorded answers. Pure.
//
// Q1. A list holds what the export holds and nothing else; what is not in it is a problem that says so.
// Q2. A filter is applied or refused, never passed over.
import { keyOf, type Bundle, type RecordedAnswer } from '../../bundle/bundle.ts'
import type { Answer, Problem } from '../api.ts'
import { NotInExport } from '../errors.ts'

type Fields = Readonly<Record<string, unknown>>
type Asked = ReadonlyMap<string, string>

export function answersOf({ answers }: Pick<Bundle, 'answers'>): (path: string) => Answer<unknown> {
  const known = new Map(answers.map((answer) => [answer.path, answer]))
  const lists = new Map<string, List>([
    ['/actors', { rows: () => actorRows(known), filters: ['type', 'status', 'q', 'held'] }],
    ['/tasks', { rows: () => taskRows(answers), filters: ['type', 'status', 'q', 'parent'] }],
    ['/decisions', { rows: () => decisionRows(answers), filters: ['task', 'agent'] }],
    ['/actor-groups', { rows: () => actorRows(known), filters: ['q'], told: (rows) => ({ groups: groupsOf(rows), isWhole: true }) }],
    ['/machines', { rows: () => actorRows(known), filters: [], told: (rows) => ({ rows: typesOf(rows) }) }],
  ])
  return (path) => {
    const recorded = known.get(keyOf(path))
    if (recorded) return answerOf(recorded)
    const [pathname = '', search = ''] = path.split('?', 2)
    const asked: Asked = new Map(new URLSearchParams(search))
    const history = pathname.endsWith('/history') ? known.get(pathname) : undefined
    if (history) return { ok: true, value: olderOf(history.body, Number(asked.get('before'))) }
    const list = lists.get(pathname)
    const rows = list?.rows() ?? []
    if (!list || rows.length === 0) return { ok: false, problem: missing(path) } // Q1
    const unknown = [...asked.keys()].find((name) => !list.filters.includes(name) && !arranging.has(name))
    if (unknown !== undefined) return { ok: false, problem: missing(`${pathname} by ${unknown}`) } // Q2
    const { told = (fitting) => ({ rows: fitting }) } = list
    return { ok: true, value: told(rows.filter((row) => fits(row, asked))) }
  }
}

interface List {
  rows(): readonly Fields[]
  readonly filters: readonly string[]
  /** What is said of the rows that fit; left out: the rows themselves. */
  told?(rows: readonly Fields[]): Fields
}

const groupsOf = (rows: readonly Fields[]): readonly Fields[] => rows.map(({ type, status, held }) => ({ type, status, held, count: 1 }))
const typesOf = (rows: readonly Fields[]): readonly Fields[] => [...new Set(rows.map(({ type }) => type))].map((type) => ({ type }))

/** All rows are there, in the order of the export. */
const arranging: ReadonlySet<string> = new Set(['limit', 'after', 'tenant', 'sort'])

const answerOf = ({ status, body, path }: RecordedAnswer): Answer<unknown> =>
  status === 200 ? { ok: true, value: body } : { ok: false, problem: problemOf(status, body, path) }

/** As the gateway told it, when the export was made. */
function problemOf(status: number, body: unknown, path: string): Problem {
  const { code, title, detail } = fieldsOf(body)
  const whole = typeof code === 'string' && typeof title === 'string' && typeof detail === 'string'
  return whole ? { status, code, title, detail } : missing(path)
}

/** Not 404: what is not there yet is asked for again, and this will never come. */
const gone = 410

function missing(path: string): Problem {
  const { code, message } = new NotInExport(`not in this export: ${path}; the running system may have it`)
  return { status: gone, code, title: 'Not in this export', detail: message }
}

function olderOf(body: unknown, before: number): unknown {
  const page = fieldsOf(body)
  if (!(before > 0)) return body
  return { ...page, rows: rowsOf(body).filter(({ turn }) => typeof turn === 'number' && turn < before) }
}

/** An actor as `GET /actors` lists it, from what it is and its newest turn. */
function actorRows(known: ReadonlyMap<string, RecordedAnswer>): readonly Fields[] {
  return [...known.values()].flatMap(({ path, status, body }) => {
    if (status !== 200 || !/^\/actors\/[^/]+$/.test(path)) return []
    const { actor, value, status: life, turn, hold } = fieldsOf(body)
    const [tenant, type, ...key] = String(actor).split('/')
    const [newest] = rowsOf(known.get(`${path}/history`)?.body)
    const held = fieldsOf(hold)['held'] === true
    return [
      { actor, tenant, type, key: key.join('/'), state: value, status: life, turn, at: newest?.['at'], event: newest?.['event'], held },
    ]
  })
}

const taskRows = (answers: readonly RecordedAnswer[]): readonly Fields[] =>
  answers.flatMap(({ path, status, body }) => (status === 200 && /^\/tasks\/[^/]+$/.test(path) ? [fieldsOf(body)] : []))

const decisionRows = (answers: readonly RecordedAnswer[]): readonly Fields[] =>
  answers.flatMap(({ path, status, body }) => (status === 200 && path.startsWith('/decisions?') ? rowsOf(body) : []))

/** The filters of the lists, as the gateway has them; what no row has the name of is not asked of it. */
function fits(row: Fields, asked: Asked): boolean {
  const { actor, type, taskType, status, prompt, id, taskId, arm, parent, held } = row
  const text = asked.get('q')?.toLowerCase()
  const [wanted, wantedStatus, task, agent] = ['type', 'status', 'task', 'agent'].map((name) => asked.get(name))
  const kind = [type, taskType].find((one) => typeof one === 'string') ?? ''
  const isKind = wanted === undefined || (wanted.endsWith('*') ? kind.startsWith(wanted.slice(0, -1)) : kind === wanted)
  return (
    isKind &&
    (wantedStatus === undefined || status === wantedStatus) &&
    (text === undefined || [actor, id, prompt].some((one) => typeof one === 'string' && one.toLowerCase().includes(text))) &&
    (task === undefined || taskId === task) &&
    (agent === undefined || String(arm).split('@')[0] === agent || arm === agent) &&
    (asked.get('parent') === undefined || parent === asked.get('parent')) &&
    (asked.get('held') !== 'true' || held === true)
  )
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {})

function rowsOf(body: unknown): readonly Fields[] {
  const { rows } = fieldsOf(body)
  return Array.isArray(rows) ? rows.map(fieldsOf) : []
}
