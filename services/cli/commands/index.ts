// Commands: the ones that look at a running system and talk to it, in the order the help shows them.
import type { Register } from '../command.ts'
import { actorsCommand } from './actors.ts'
import { askCommand } from './ask.ts'
import { deadCommand } from './dead.ts'
import { deployCommand } from './deploy.ts'
import { doctorCommand } from './doctor.ts'
import { drainCommand } from './drain.ts'
import { pinCommand } from './pin.ts'
import { scheduleCommand } from './schedule.ts'
import { sendCommand } from './send.ts'
import { tasksCommand } from './tasks.ts'
import { tenantsCommand } from './tenants.ts'
import { watchCommand } from './watch.ts'
import { workersCommand } from './workers.ts'

export const commands: readonly Register[] = [
  sendCommand,
  askCommand,
  watchCommand,
  scheduleCommand,
  actorsCommand,
  tasksCommand,
  workersCommand,
  drainCommand,
  pinCommand,
  tenantsCommand,
  deadCommand,
  deployCommand,
  doctorCommand,
]
