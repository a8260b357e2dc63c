// Taken
// The answers of one export so far, and how much room is left for more.
//
// T1. Answers together are never more than `limit` bytes, nor is anything asked for once the signal has aborted.
// T2. A question is asked once.
import { bundleBytesMax, keyOf, type RecordedAnswer } from './bundle.ts'
import type { Answered, Source, Wish } from './collect.ts'

export class Taken {
  readonly answers = new Map<string, RecordedAnswer>()
  readonly cut: string[] = []
  readonly #source: Source
  readonly #signal: AbortSignal
  readonly #denied = new Set<string>()
  readonly bytesMax: number
  tenant: string | undefined
  bytes = 0
  /** Up to here the present part may go. */
  limit: number
  #left = 0

  constructor(source: Source, { tenant, signal, bytesMax = bundleBytesMax }: Wish) {
    this.#source = source
    this.#signal = signal
    this.tenant = tenant
    this.bytesMax = bytesMax
    this.limit = bytesMax
  }

  /** The bodies of all operations below one that need no more than it: `/actors/:actor` has `/calls`. */
  async takeBelow(pattern: string, path: string): Promise<readonly unknown[]> {
    const bodies: unknown[] = []
    for (const below of this.#source.paths) {
      const rest = below.slice(pattern.length)
      if (below.startsWith(`${pattern}/`) && !rest.includes(':') && !notKept.test(below))
        bodies.push(await this.take(path + rest, { needsMore: [400, 404] }))
    }
    return bodies
  }

  ask(path: string): Promise<Answered> {
    const isOfTenant = this.tenant !== undefined && /^\/(?:tasks|decisions)\b/.test(path)
    return this.#source.ask(isOfTenant ? `${path}${path.includes('?') ? '&' : '?'}tenant=${encodeURIComponent(this.tenant ?? '')}` : path)
  }

  /** The body of a success. Undefined: a problem, which is kept as well, or there is no room for it. */
  async take(path: string, { needsMore = [] }: { readonly needsMore?: readonly number[] } = {}): Promise<unknown> {
    const { answers } = this
    const key = keyOf(path)
    const known = answers.get(key) // T2
    if (known) return known.status === 200 ? known.body : undefined
    if (!this.hasRoom) return void this.#left++
    const { status, body } = await this.ask(path)
    if (needsMore.includes(status)) return undefined // it wants to be told what for
    if (status >= 500) this.cut.push(`${key} could not be answered`)
    if (status === denied) this.#denied.add(key.split('/')[1] ?? '')
    this.put(key, status, body)
    return status === 200 && answers.has(key) ? body : undefined
  }

  /** Counted as left out where it does not fit. */
  put(key: string, status: number, body: unknown): void {
    if (!this.keep(key, status, body)) this.#left++
  }

  /** T1. False: it did not fit. */
  keep(key: string, status: number, body: unknown): boolean {
    const bytes = key.length + Buffer.byteLength(JSON.stringify(body) ?? '')
    if (this.bytes + bytes > this.limit) return false
    this.bytes += bytes
    this.answers.set(key, { path: key, status, body })
    return true
  }

  get hasRoom(): boolean {
    return !this.#signal.aborted && this.bytes < this.limit
  }

  told(): readonly string[] {
    const mib = `${Math.round((this.bytesMax / 1_048_576) * 10) / 10} MiB`
    return [
      ...this.cut,
      ...(this.#left > 0 && !this.#signal.aborted ? [`${this.#left} answers did not fit into ${mib}`] : []),
      ...(this.#signal.aborted ? ['it took too long: what had not been asked for by then is left out'] : []),
      ...(this.#denied.size > 0 ? [`whoever made it may not see ${[...this.#denied].join(', ')}`] : []),
    ]
  }
}

const denied = 403
/** The history is put together from its pages, and an export holds no exports. */
const notKept = /\/(?:history|export)$/
