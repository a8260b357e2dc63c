// The subjects the examples use: docs/protocol.md in twenty lines.

export const namespace = process.env.TROUPE_NAMESPACE ?? 'troupe'

/** Where events to an actor are published. `actor` is tenant/type/key; the key may hold slashes. */
export const sendSubject = (actor) => subjectOf('send', actor, encodeKey)

/** Where an actor's turns are published; `*` stands for any tenant, type or key. */
export const eventSubject = (actor) => subjectOf('event', actor, (key) => (key === '*' ? key : encodeKey(key)))

function subjectOf(kind, actor, encode) {
  const [, tenant, type, key] = /^([^/]+)\/([^/]+)\/(.+)$/s.exec(actor) ?? []
  if (!key) throw new Error(`'${actor}' is not tenant/type/key`)
  return `${namespace}.${kind}.${tenant}.${type}.${encode(key)}`
}

/** Letters, digits, _ and - stay; every other byte of the key's UTF-8 becomes =XX. */
function encodeKey(key) {
  return [...Buffer.from(key)]
    .map((byte) =>
      /[A-Za-z0-9_-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
}
