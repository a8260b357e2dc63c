// Commands: the ones that look at a running system and talk to it, in the order the help shows them.
import type { Register } from '../command.ts'
import { actorsCommand } from './actors.ts'
import { agentsCommand } from './agents.ts'
import { alertsCommand } from './alerts.ts'
import { askCommand } from './ask.ts'
import { auditCommand } from './audit.ts'
import { breakCommand } from './break.ts'
import { budgetCommand } from './budget.ts'
import { benchCommand } from './bench.ts'
import { chartCommand } from './chart.ts'
import { compareCommand } from './compare.ts'
import { coordinatorCommand } from './coordinator.ts'
import { deadCommand } from './dead.ts'
import { decideCommand } from './decide.ts'
import { deployCommand } from './deploy.ts'
import { doctorCommand } from './doctor.ts'
import { drainCommand } from './drain.ts'
import { explainCommand } from './explain.ts'
import { exportCommand } from './export.ts'
import { forkCommand } from './fork.ts'
import { historyCommand } from './history.ts'
import { holdCommand } from './hold.ts'
import { inspectCommand } from './inspect.ts'
import { keysCommand } from './keys.ts'
import { lintCommand } from './lint.ts'
import { openCommand } from './open.ts'
import { pinCommand } from './pin.ts'
import { policyCommand } from './policy.ts'
import { predictCommand } from './predict.ts'
import { releaseCommand } from './release.ts'
import { scheduleCommand } from './schedule.ts'
import { sendCommand } from './send.ts'
import { skillsCommand } from './skills.ts'
import { stepCommand } from './step.ts'
import { submitCommand } from './submit.ts'
import { tasksCommand } from './tasks.ts'
import { tenantsCommand } from './tenants.ts'
import { watchCommand } from './watch.ts'
import { workersCommand } from './workers.ts'

export const commands: readonly Register[] = [
  sendCommand,
  askCommand,
  watchCommand,
  inspectCommand,
  scheduleCommand,
  actorsCommand,
  historyCommand,
  holdCommand,
  stepCommand,
  releaseCommand,
  breakCommand,
  forkCommand,
  exportCommand,
  openCommand,
  agentsCommand,
  skillsCommand,
  submitCommand,
  tasksCommand,
  decideCommand,
  explainCommand,
  predictCommand,
  policyCommand,
  workersCommand,
  drainCommand,
  pinCommand,
  coordinatorCommand,
  budgetCommand,
  tenantsCommand,
  deadCommand,
  alertsCommand,
  keysCommand,
  auditCommand,
  deployCommand,
  lintCommand,
  chartCommand,
  compareCommand,
  doctorCommand,
  benchCommand,
]
