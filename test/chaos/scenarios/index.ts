// Every scenario, in the order in which they are run.
import type { Scenario } from '../scenario.ts'
import { cut, deaf, silent, slow } from './lines.ts'
import { exit, hog, poison } from './messages.ts'
import { backlog, hotKey, overload } from './overload.ts'
import { leader, majority, restart } from './servers.ts'
import { disk, postgres } from './storage.ts'
import { drain, kill, rolling, zombie, zombieShort } from './workers.ts'

export const scenarios: readonly Scenario[] = [
  kill,
  zombieShort,
  zombie,
  cut,
  silent,
  deaf,
  slow,
  drain,
  rolling,
  restart,
  leader,
  majority,
  poison,
  exit,
  hog,
  overload,
  hotKey,
  backlog,
  postgres,
  disk,
]
