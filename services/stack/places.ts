import { ServerUnreachable } from './errors.ts'

export interface Place {
  readonly host: string
  readonly port: number
}

/** Where the servers of an address are: `nats://a:4222,b`. Without what else is in it: it may hold a password. */
export function placesOf(variable: string, addresses: string, defaultPort: number): readonly Place[] {
  return addresses.split(',').map((address) => {
    const url = URL.parse(address.includes('://') ? address.trim() : `tcp://${address.trim()}`)
    if (url === null || url.hostname === '') {
      throw new ServerUnreachable(`${variable} holds no address of a server. Correct it, or unset it to use the embedded server.`)
    }
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || defaultPort) }
  })
}
