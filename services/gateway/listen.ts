// Listen
// Where the gateway can be reached: the port that was asked for, or else the usual one, or a free one where another system has that.
import type { FastifyInstance } from 'fastify'
import type { Settings } from '../settings.ts'
import { ListenFailed } from './errors.ts'

export const portDefault = 4280

/** Resolves with the address. Throws ListenFailed when a port that was asked for is taken, or the host is not this machine's. */
export async function listen(
  server: FastifyInstance,
  { TROUPE_GATEWAY_HOST: host, TROUPE_GATEWAY_PORT: port }: Pick<Settings, 'TROUPE_GATEWAY_HOST' | 'TROUPE_GATEWAY_PORT'>,
): Promise<string> {
  try {
    return await server.listen({ host, port: port ?? portDefault })
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (isTaken && port === undefined) return server.listen({ host, port: 0 })
    throw new ListenFailed(`listening on ${host}:${port ?? portDefault}: ${reasonOf(error)}`, { cause: error })
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
