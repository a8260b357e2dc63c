import { parseActorId } from '../../../machines/address.ts'
import { hostsOf } from '../../../runtime/hosts.ts'
import { readStates } from '../../../runtime/nats/read-states.ts'
import { exitCodes } from '../../process.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, withConnection } from '../connect.ts'

interface DeployOptions extends SharedOptions {
  readonly definitions?: string
}

export const deployCommand: Register = (program, shell) => {
  const deploy = program.command('deploy').description('before a rollout: what a build would make of the actors that are alive')
  const command = shared(deploy.command('check'), [
    'deploy check',
    'deploy check --definitions build/actors.ts',
    'deploy check --tenant acme --json',
  ])
    .description(
      "fit the stored state of every live actor to a build's definitions, running its migrations; nothing is written. Exit code 1 when an actor would be parked",
    )
    .option('--definitions <module>', "module that exports `definitions` (default: the main job's of this checkout)")
  command.action(async () => {
    const options = command.optsWithGlobals<DeployOptions>()
    const place = placeOf(options, shell.environment)
    const [{ loadDefinitions }, { checkDeploy }, { deployText }] = await Promise.all([
      import('../deploy/definitions.ts'), // large: with it come the actors of the main job
      import('../deploy/check.ts'),
      import('../deploy/text.ts'),
    ])
    const hosts = hostsOf(await loadDefinitions(options.definitions))
    await withConnection(place, async (connection) => {
      const ofTenant = (actor: string): boolean => options.tenant === undefined || parseActorId(actor)?.tenant === options.tenant
      const found = await checkDeploy(readStates(connection, place.namespace), hosts, ofTenant)
      shell.print(options.json ? JSON.stringify({ namespace: place.namespace, ...found }) : deployText(found, place.namespace))
      if (!options.json)
        shell.note('Read from the state store: it follows the log by some seconds, and has a new actor once its first snapshot is stored.')
      if (!found.ok) shell.exitWith(exitCodes.failed)
    })
  })
}
