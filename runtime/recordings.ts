// Recordings
// What the world answered an actor after one of its turns, read from its entries in the log: results of effects, ends of children, messages of actors.
import { parseActorId } from '../machines/address.ts'
import { recordedMax, type Recorded } from '../machines/fork.ts'
import { nothingKept, replay, type StateImage } from './activation.ts'
import { randomOf } from './arrive.ts'
import { MomentMissing } from './errors.ts'
import { ownMeta } from './fork-clock.ts'
import type { Entry } from './record.ts'

/** The whole life of an actor as far as it is known, in order, from an entry with a whole state; what came after turn `turn`. Throws MomentMissing. */
export function recordingsOf(entries: readonly Entry[], turn: number): readonly Recorded[] {
  if (!entries[0]?.snapshot) throw new MomentMissing(`recordings after turn ${turn}: the entries begin with none that holds a whole state`)
  const recorded: Recorded[] = []
  let image: StateImage | undefined
  for (const entry of entries) {
    const one = entry.turn > turn ? recordedBy(entry, image) : undefined
    if (one && recorded.push({ ...one, ...factsOf(entry, image) }) === recordedMax) break
    image = replay(image, entry, 0)
  }
  return recorded
}

/** What the turn drew, and when it was for the actor: of a fork it is its original's, which a fork of the fork is to live in as well. */
function factsOf({ actor, turn, at, message, event, result }: Entry, before: StateImage | undefined): Pick<Recorded, 'random' | 'at'> {
  const effect = result === undefined ? undefined : Object.values(before?.stored.children ?? {}).find(({ address }) => address === result)
  const timer = event.type === '@timer' ? String(event['id']) : undefined
  const facts = ownMeta(
    before?.stored.keeping ?? nothingKept,
    { at, id: message, random: randomOf(actor, turn) },
    { message, effect, timer },
  )
  return { random: facts.random, at: facts.at }
}

function recordedBy({ event, from, result }: Entry, before: StateImage | undefined): Recorded | undefined {
  if (event.type === '@timer') return { kind: 'timer', id: String(event['id']) }
  const state = before?.stored.value
  const [, id] = /^xstate\.(?:done|error)\.actor\.(.*)$/s.exec(event.type) ?? []
  if (id === undefined) return from === undefined || event.type.startsWith('@') ? undefined : { kind: 'mail', from, event, state }
  const children = before?.stored.children ?? {}
  const child = Object.hasOwn(children, id) ? children[id] : undefined
  if (result === undefined) return from !== undefined && parseActorId(from) ? { kind: 'child', id, event, state } : undefined
  return child && { kind: 'effect', src: child.src, input: child.input ?? null, event }
}
