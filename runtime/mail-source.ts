// Mail source
// Who a stored mailbox message is from, read off its subject.
import { parsePartitionedSubject } from '../machines/subject.ts'
import { addressFault } from '../machines/address.ts'
import type { MailSource } from './ports.ts'

/** The source of `<ns>.in.<p>.frame.<tenant>`, `<ns>.in.<p>.channel.<source>` or `<ns>.in.<p>.<tenant>.<type>.<key>`. */
export function mailSource(subject: string): MailSource {
  const parsed = parsePartitionedSubject(subject)
  if (parsed !== undefined) {
    return addressFault(parsed.address) === undefined ? { kind: 'send', address: parsed.address } : { kind: 'unreadable', subject }
  }
  const [, , , kind, name, ...rest] = subject.split('.')
  if (name === undefined || rest.length > 0) return { kind: 'unreadable', subject }
  if (kind === 'frame' && isTenant(name)) return { kind: 'frame', tenant: name }
  if (kind === 'channel' && /^\d+$/.test(name)) return { kind: 'channel', source: Number(name) }
  return { kind: 'unreadable', subject }
}

const isTenant = (name: string): boolean => addressFault({ tenant: name, type: 'any', key: 'any' }) === undefined
