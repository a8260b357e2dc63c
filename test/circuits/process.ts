// One process of a fleet that shares circuits: does what its parent says. Times are of one machine's clock.
import { setTimeout as wait } from 'node:timers/promises'
import { circuitDefaults } from '../../machines/circuit.ts'
import { connectNats } from '../../runtime/nats/index.ts'
import { natsCircuitStore, openCircuits } from '../../services/circuits/index.ts'

const [servers = '', namespace = ''] = process.argv.slice(2)
const openMs = 300
const connection = await connectNats({ servers, name: 'test' })
const circuits = await openCircuits(await natsCircuitStore(connection, namespace), { circuit: { ...circuitDefaults, openMs } })
const isOpen = async (): Promise<boolean> => !(await circuits.admit('m')).admitted

async function answerTo(asked: { do: string; callers?: number }): Promise<object> {
  if (asked.do === 'open') {
    let at = 0
    for (let count = 0; count < circuitDefaults.callsMin; count++) {
      const admission = await circuits.admit('m')
      at = Date.now() // the last one opens it: from here on it is on its way
      if (admission.admitted) await admission.settle('failed')
    }
    return { at }
  }
  if (asked.do === 'await-open') {
    while (!(await isOpen())) await wait(1)
    return { at: Date.now() }
  }
  while (Date.now() < (circuits.all().get('m')?.opened?.until ?? 0)) await wait(1) // both begin when it is half-open
  const admissions = await Promise.all(Array.from({ length: asked.callers ?? 0 }, () => circuits.admit('m')))
  return { admitted: admissions.filter(({ admitted }) => admitted).length }
}

process.on('message', (asked: { do: string; callers?: number }) => void answerTo(asked).then((answer) => process.send?.(answer)))
process.send?.({ ready: true })
