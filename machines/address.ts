// Address
// The name of an actor, tenant / type / key, the one token it becomes in a NATS subject, and the partition it belongs to.
//
// D1. Encoding a key and decoding it again gives the key: two addresses never share a subject.
// D2. The partition is what the server's {{partition(P,1,2,3)}} transform gives, so a client that cannot ask the server computes the same.

/** Where an actor lives, as one string: `tenant/type/key`. The key may hold any characters, slashes too. */
export type ActorId = string & { readonly __brand: 'ActorId' }

export interface Address {
  readonly tenant: string
  readonly type: string
  readonly key: string
}

export const keyBytesMax = 256
const namePattern = /^[A-Za-z0-9_-]{1,64}$/
const plainCharacter = /^[A-Za-z0-9_-]$/
const plainToken = /^[A-Za-z0-9_-]+$/
const utf8 = new TextEncoder()
const text = new TextDecoder('utf-8', { fatal: true })

/** Why an address is refused, or undefined when it is good. */
export function addressFault({ tenant, type, key }: Address): string | undefined {
  if (!namePattern.test(tenant)) return `tenant '${tenant}' is not 1 to 64 of A-Z a-z 0-9 _ -`
  if (!namePattern.test(type)) return `type '${type}' is not 1 to 64 of A-Z a-z 0-9 _ -`
  if (typeof key !== 'string') return 'the key is no text'
  if (key.length === 0) return 'the key is empty'
  if (!key.isWellFormed()) return 'the key is not Unicode: it holds half a surrogate pair'
  const bytes = utf8.encode(key).length
  if (bytes > keyBytesMax) return `the key is ${bytes} bytes, the limit is ${keyBytesMax}`
  return undefined
}

export const actorId = (tenant: string, type: string, key: string): ActorId => `${tenant}/${type}/${key}` as ActorId

/** Splits `tenant/type/key`; undefined when it is not an address. */
export function parseActorId(id: string): Address | undefined {
  const first = id.indexOf('/')
  const second = id.indexOf('/', first + 1)
  if (first < 0 || second < 0) return undefined
  const address = { tenant: id.slice(0, first), type: id.slice(first + 1, second), key: id.slice(second + 1) }
  return addressFault(address) === undefined ? address : undefined
}

/** A key as one NATS token (D1): letters, digits, `_` and `-` stay, every other UTF-8 byte becomes `=XX`. */
export function encodeKey(key: string): string {
  if (namePattern.test(key)) return key
  let token = ''
  for (const byte of utf8.encode(key)) {
    const character = String.fromCharCode(byte)
    token += plainCharacter.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return token
}

/** The key of a token, or undefined when the token is not one that `encodeKey` gives. */
export function decodeKey(token: string): string | undefined {
  if (!token.includes('=')) return plainToken.test(token) ? token : undefined
  const bytes: number[] = []
  for (let at = 0; at < token.length; at++) {
    if (token[at] !== '=') {
      bytes.push(token.charCodeAt(at))
      continue
    }
    const hex = token.slice(at + 1, at + 3)
    if (!/^[0-9A-F]{2}$/.test(hex)) return undefined
    bytes.push(Number.parseInt(hex, 16))
    at += 2
  }
  try {
    const key = text.decode(Uint8Array.from(bytes))
    return encodeKey(key) === token ? key : undefined
  } catch {
    return undefined // not UTF-8: no key encodes to this token
  }
}

/** The partition of an address (D2): FNV-1a 32 over the concatenated subject tokens, modulo the number of partitions. */
export function partitionOf(address: Address, partitions: number): number {
  return fnv1a(address.tenant + address.type + encodeKey(address.key)) % partitions
}

function fnv1a(ascii: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < ascii.length; at++) hash = Math.imul(hash ^ ascii.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
