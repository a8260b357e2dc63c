// Bundle
// An export of a run: what the gateway answered about it, answer by answer, as one piece of JSON. docs/export.md has the format. Pure.
//
// B1. It is read from a file that anybody may have made: nothing in it is believed before `readBundle` has looked at it, and nothing in it is ever run.
// B2. An answer is found by what was asked, however the question was spelled: `keyOf`.
import { ExportTooLarge, ExportUnreadable, ExportVersionUnknown } from './errors.ts'

export const bundleFormat = 'troupe-export'
/** Of the format: another one is not read. */
export const bundleVersion = 1

/** What the answers of one export come to, as JSON. */
export const bundleBytesMax = 16 * 1024 * 1024
/** What is opened: the answers and what is around them. */
export const openBytesMax = 2 * bundleBytesMax
const answersMax = 100_000
const listedMax = 1_000

/** One question to the API and what it answered; a problem (RFC 9457) where it had one. */
export interface RecordedAnswer {
  /** Below /v1, as `keyOf` writes it. */
  readonly path: string
  readonly status: number
  readonly body: unknown
}

/** An actor and those of its turns that can be gone to. */
export interface ExportedActor {
  readonly actor: string
  /** 0: none. */
  readonly first: number
  readonly last: number
}

export interface Bundle {
  readonly format: typeof bundleFormat
  readonly version: typeof bundleVersion
  readonly made: {
    /** Epoch ms: what lasted then is shown as it was then. */
    readonly at: number
    /** Who asked for it. */
    readonly by: string
    /** The version of Troupe. */
    readonly troupe: string
  }
  /** What it is an export of. */
  readonly of: { readonly kind: 'task' | 'actor'; readonly id: string }
  readonly actors: readonly ExportedActor[]
  /** What was left out, a sentence each. */
  readonly cut: readonly string[]
  readonly answers: readonly RecordedAnswer[]
}

/** Tenant and page size say how to look, not what for; the rest is in the order of its names (B2). */
export function keyOf(path: string): string {
  const at = path.indexOf('?')
  if (at < 0) return path
  const asked = [...new URLSearchParams(path.slice(at + 1))].filter(([name]) => name !== 'tenant' && name !== 'limit')
  const query = new URLSearchParams(asked.toSorted(([one], [other]) => (one < other ? -1 : Number(one > other)))).toString()
  return query === '' ? path.slice(0, at) : `${path.slice(0, at)}?${query}`
}

/** Throws `ExportUnreadable`, `ExportVersionUnknown`, `ExportTooLarge`; `name` is that of the file, for the message. */
export function readBundle(text: string, name: string): Bundle {
  if (text.length > openBytesMax) throw tooLarge(name)
  const value = fieldsOf(parsed(text, name))
  const is = (isSo: boolean, what: string): void => {
    if (!isSo) throw new ExportUnreadable(`opening ${name}: ${what}; export the run again`)
  }
  if (value?.get('format') !== bundleFormat)
    throw new ExportUnreadable(`opening ${name}: it is no export of Troupe; \`troupe export\` makes one, as .json`)
  const version = value.get('version')
  if (version !== bundleVersion)
    throw new ExportVersionUnknown(
      `opening ${name}: it is of format ${String(version)}, and this page reads format ${bundleVersion}; open it with the version of Troupe that made it, or export the run again`,
    )
  const [made, of, actors, cut, answers] = ['made', 'of', 'actors', 'cut', 'answers'].map((field) => value.get(field))
  is(isMade(made), 'it does not say when and by whom it was made')
  is(isOf(of), 'it does not say what it is an export of')
  is(Array.isArray(actors) && actors.length <= listedMax && actors.every(isActor), 'its list of actors cannot be read')
  is(Array.isArray(cut) && cut.length <= listedMax && cut.every(isText), 'its list of what is left out cannot be read')
  is(Array.isArray(answers) && answers.length <= answersMax && answers.every(isAnswer), 'its answers cannot be read')
  return { format: bundleFormat, version: bundleVersion, made, of, actors, cut, answers } as Bundle // each was looked at
}

export const tooLarge = (name: string): ExportTooLarge =>
  new ExportTooLarge(`opening ${name}: it is larger than ${openBytesMax / 1_048_576} MiB; export fewer turns (--turns)`)

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ExportUnreadable(`opening ${name}: it is no JSON, or not all of it is there; export the run again`, { cause })
  }
}

/** By own names only: a file may have any. */
const fieldsOf = (value: unknown): ReadonlyMap<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : undefined

const isText = (value: unknown): value is string => typeof value === 'string'
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

function isMade(value: unknown): boolean {
  const made = fieldsOf(value)
  return made !== undefined && Number.isFinite(made.get('at')) && isText(made.get('by')) && isText(made.get('troupe'))
}

function isOf(value: unknown): boolean {
  const of = fieldsOf(value)
  return of !== undefined && (of.get('kind') === 'task' || of.get('kind') === 'actor') && isText(of.get('id'))
}

function isActor(value: unknown): boolean {
  const actor = fieldsOf(value)
  return actor !== undefined && isText(actor.get('actor')) && isCount(actor.get('first')) && isCount(actor.get('last'))
}

function isAnswer(value: unknown): boolean {
  const answer = fieldsOf(value)
  return answer !== undefined && isText(answer.get('path')) && isCount(answer.get('status')) && answer.has('body')
}
