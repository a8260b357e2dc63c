// Mischief
// What befalls a worker now and then, beside the faults of its requests.
import type { WorkerOptions } from '../options.ts'
import type { Faults } from './faults.ts'
import type { Processes } from './processes.ts'

const kinds = ['mute', 'mute', 'blind', 'cut off', 'reconnect', 'freeze', 'slow store', 'clock', 'kill', 'drain', 'join', 'full'] as const

const workersMax = 5

/** Strikes one worker, or the mailbox. */
export function mischief(processes: Processes, faults: Faults, options: Partial<WorkerOptions>): void {
  const { dice, clock, rates } = faults
  const process = processes.living[dice.between(0, processes.living.length - 1)]
  if (!process) return
  const { life, worker } = process
  const what = dice.pick(kinds)
  faults.tell(`${life.id}: ${what}`)
  const after = (msMax: number, call: () => void): void => void clock.after(dice.between(0, msMax), call)
  switch (what) {
    case 'mute': // the others take its partitions while it goes on
      life.muted = true
      return after(8_000, () => (life.muted = false))
    case 'blind':
      life.blind = true
      return after(6_000, () => (life.blind = false))
    case 'cut off':
      life.cutOff = true
      if (dice.chance(0.5)) processes.disconnect(process) // it is replaced while it goes on
      return after(5_000, () => processes.reconnect(process))
    case 'reconnect':
      return processes.reconnect(process)
    case 'freeze': // and wakes up as a former owner that does not know it
      life.freeze()
      return after(6_000, () => life.thaw())
    case 'slow store':
      life.storeMs = dice.between(500, 3_000)
      return after(5_000, () => (life.storeMs = 0))
    case 'clock':
      life.skewMs = dice.between(-rates.skewMsMax, rates.skewMsMax)
      return
    case 'kill':
      return life.crash('killed')
    case 'drain':
      return life.enter(() => void worker?.drain().then(() => life.crash('drained')))
    case 'join':
      if (processes.living.length < workersMax) processes.start(options)
      return
    case 'full':
      faults.mailboxFull = true
      return after(3_000, () => (faults.mailboxFull = false))
  }
}
