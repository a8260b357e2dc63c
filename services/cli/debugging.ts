// Debugging
// What the commands share that hold an actor, let it step or go, and set its breakpoints: the call, and how the actor stands then.
import type { DebugCommand, Held } from '../../client/index.ts'
import { actorId } from '../../machines/address.ts'
import type { SharedOptions, Shell } from './command.ts'
import { placeOf, untilStopped, withClient } from './connect.ts'
import { operator } from './dead/redrive.ts'
import { fields, timeText } from './output.ts'
import { sayingRefusals } from './refusal.ts'
import { parseTarget } from './words.ts'

/** Runs one command on an actor and prints how it stands; `commandBy` is given who asks. */
export async function debugActor(
  shell: Shell,
  options: SharedOptions,
  actor: string,
  commandBy: (by: string) => DebugCommand,
): Promise<void> {
  const place = placeOf(options, shell.environment)
  const { tenant, type, key } = parseTarget(actor, place.tenant, options.tenant !== undefined)
  const id = actorId(tenant, type, key)
  const command = commandBy(operator())
  await withClient(place, (client) =>
    sayingRefusals(shell, options, async () => {
      const held = await untilStopped(client.debug(id, command), shell.stop, `${command.type.slice(1)} was asked of ${id}`)
      shell.print(options.json ? JSON.stringify({ actor: id, ...held }) : heldText(id, held))
    }),
  )
}

function heldText(actor: string, { held, by, until, steps = 0, breakpoints = [], hit, waiting }: Held): string {
  return fields({
    actor,
    stands: held ? 'still' : 'free',
    by,
    until: until === undefined ? undefined : timeText(until),
    'hit at': hit?.breakpoint,
    'steps left': steps > 0 ? String(steps) : undefined,
    breakpoints: breakpoints.map(({ id, on, match }) => `${id}: ${on} ${match}`).join('\n') || undefined,
    waiting: String(waiting),
  })
}
