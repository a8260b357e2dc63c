// The doctor's look at circuits: which model endpoints the workers leave alone, and until when.
import { stateOf, type Circuit } from '../../../machines/circuit.ts'
import { natsCircuitStore, openCircuits } from '../../circuits/index.ts'
import type { Connection } from '../connect.ts'
import { timeText } from '../output.ts'
import { ok, warn, type Finding } from './finding.ts'

export async function circuitsFinding(connection: Connection, namespace: string): Promise<Finding> {
  const circuits = await openCircuits(await natsCircuitStore(connection, namespace))
  const open = [...circuits.all()]
  await circuits.close()
  if (open.length === 0) return ok('circuits', 'every model endpoint is called')
  const now = Date.now()
  return warn(
    'circuits',
    open.map(([key, circuit]) => circuitText(key, circuit, now)).join('; '),
    'look after these endpoints; they are tried again by themselves',
  )
}

function circuitText(key: string, circuit: Circuit, now: number): string {
  const { at = 0, until = 0, row = 0 } = circuit.opened ?? {}
  const again = stateOf(circuit, now) === 'open' ? `tried again at ${timeText(until)}` : 'the next call tries it'
  return `${key} has been failing since ${timeText(at)} (opening ${row} in a row), ${again}`
}
