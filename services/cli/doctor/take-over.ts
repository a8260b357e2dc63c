// The doctor's look at how soon a dead worker is noticed: a connection is opened and ended, and the server should say so.
import { connectionName, hearDisconnects } from '../../../runtime/nats/disconnects.ts'
import { withConnection, type Connection, type Place } from '../connect.ts'
import { ok, warn, type Finding } from './finding.ts'

const answerMsMax = 1_000

export async function examineTakeOver(connection: Connection, place: Place): Promise<Finding> {
  const ended = new Set<string>()
  let look = (): void => {}
  const stopHearing = hearDisconnects(connection, (name) => {
    ended.add(name)
    look()
  })
  try {
    await connection.flush() // what ends from here on is heard
    const probe = await withConnection(place, async (opened) => connectionName(opened))
    const told = await new Promise<boolean>((resolve) => {
      const timeout = setTimeout(() => resolve(false), answerMsMax)
      look = (): void => {
        if (probe === undefined || !ended.has(probe)) return
        clearTimeout(timeout)
        resolve(true)
      }
      look()
    })
    if (told) return ok('take-over', 'the server tells workers when a connection ends: a dead one is replaced at once')
  } finally {
    stopHearing()
  }
  return warn(
    'take-over',
    'the server does not say when a connection ends: a dead worker is replaced when its heartbeats have been missing for two seconds',
    'pass on $SYS.ACCOUNT.<account>.DISCONNECT as nats.conf does, and let workers subscribe to $TROUPE.DISCONNECT',
  )
}
