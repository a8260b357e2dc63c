// Letters
// The dead letters a command is about: found by id or filter, each with the notes of its redrives.
import { parseActorId } from '../../../machines/address.ts'
import { readDeadLetters, readRedrives } from '../../../runtime/nats/read-dead-letters.ts'
import type { Letter } from '../../dead-letters/letter.ts'
import type { Connection } from '../connect.ts'
import { NotFound } from '../errors.ts'

export type { Letter } from '../../dead-letters/letter.ts'

/** Letters looked at in one run: those of other tenants count. */
const lettersReadMax = 100_000

/** The newest first, each id once. Throws `NamespaceNotFound`, `ServerUnavailable`. */
export async function* lettersOf(connection: Connection, namespace: string): AsyncGenerator<Letter> {
  const redrives = await readRedrives(connection, namespace)
  const seen = new Set<string>() // a later owner may have stored a letter again
  for await (const letter of readDeadLetters(connection, namespace)) {
    if (!seen.has(letter.id)) yield { ...letter, redriven: redrives.get(letter.id) ?? [] }
    if (seen.add(letter.id).size >= lettersReadMax) return
  }
}

/** The newest that are wanted, at most `limit`; the newest first. */
export async function takeNewest(
  letters: AsyncIterable<Letter>,
  isWanted: (letter: Letter) => boolean,
  limit: number,
): Promise<readonly Letter[]> {
  const taken: Letter[] = []
  for await (const letter of letters) {
    if (isWanted(letter)) taken.push(letter)
    if (taken.length >= limit) break
  }
  return taken
}

/** The oldest that are wanted, at most `limit`, in the order in which they died; and how many there are in all. */
export async function takeOldest(
  letters: AsyncIterable<Letter>,
  isWanted: (letter: Letter) => boolean,
  limit: number,
): Promise<{ readonly taken: readonly Letter[]; readonly found: number }> {
  const kept: Letter[] = []
  let found = 0
  for await (const letter of letters) {
    if (!isWanted(letter)) continue
    found++
    if (kept.push(letter) > limit) kept.shift()
  }
  return { taken: kept.toReversed(), found }
}

/** The letters of these ids, in the order given. Throws `NotFound` for the first that is not there. */
export async function lettersNamed(
  letters: AsyncIterable<Letter>,
  ids: readonly string[],
  { tenant, namespace }: { readonly tenant: string; readonly namespace: string },
): Promise<readonly Letter[]> {
  const wanted = new Set(ids)
  const found = await takeNewest(letters, (letter) => wanted.has(letter.id) && isOf(tenant, letter.actor), wanted.size)
  const byId = new Map(found.map((letter) => [letter.id, letter]))
  return [...wanted].map((id) => {
    const letter = byId.get(id)
    if (letter) return letter
    throw new NotFound(
      `There is no dead letter '${id}' in namespace ${namespace}: \`troupe dead\` lists them; they are kept for a limited time.`,
    )
  })
}

/** Letters whose subject no address reads are under the tenant `unknown`; they are nobody's, so everybody is shown them. */
export const isOf = (tenant: string, actor: string): boolean => {
  const owner = parseActorId(actor)?.tenant
  return tenant === '*' || owner === tenant || owner === undefined || owner === 'unknown'
}
