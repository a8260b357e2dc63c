// Serve page
// One page on a loopback address, for whoever is at this machine, until the process is told to stop.
//
// S1. A page of another site that reaches the address under a name of its own is told nothing: the host has to be this one.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { ArgumentInvalid } from './errors.ts'

export interface PageServer {
  readonly url: string
  /** Closes it then. */
  untilStopped(stop: AbortSignal): Promise<void>
}

const host = '127.0.0.1'
const answers = { page: 200, wrongHost: 403, elsewhere: 404 } as const

/** Port 0: a free one. Throws `ArgumentInvalid` for one that is taken. */
export async function servePage(html: string, port: number): Promise<PageServer> {
  const page = Buffer.from(html)
  const server = createServer(({ method, url, headers }, response) => {
    const isHere = headers.host === `${host}:${portOf(server.address())}` || headers.host === `localhost:${portOf(server.address())}` // S1
    const status = !isHere ? 'wrongHost' : url === '/' && (method === 'GET' || method === 'HEAD') ? 'page' : 'elsewhere'
    response.writeHead(answers[status], {
      'Content-Type': status === 'page' ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
    })
    response.end(status === 'page' ? page : 'The export is at /.\n')
  })
  try {
    await once(server.listen(port, host), 'listening')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ArgumentInvalid(`Opening on port ${port}: it cannot be had (${why}); give another one, or none.`, { cause })
  }
  return {
    url: `http://${host}:${portOf(server.address())}/`,
    untilStopped: async (stop) => {
      if (!stop.aborted) await once(stop, 'abort')
      server.closeAllConnections()
      server.close()
    },
  }
}

const portOf = (address: ReturnType<ReturnType<typeof createServer>['address']>): number =>
  typeof address === 'object' && address ? address.port : 0
