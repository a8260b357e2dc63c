import { coordinatorKey, coordinatorType, type PredictionAnswer } from '../../../machines/coordinator-messages.ts'
import { shared, type Register, type SharedOptions } from '../command.ts'
import { placeOf, untilStopped, withClient } from '../connect.ts'
import { ArgumentInvalid, PredictionRefused } from '../errors.ts'
import { candidatesTable } from '../explain/text.ts'
import { listOf, predictOf, type WishOptions } from '../explain/wishes.ts'
import { sayingRefusals } from '../refusal.ts'

const deadlineMs = 10_000

export const predictCommand: Register = (program, shell) => {
  const command = shared(program.command('predict'), [
    'predict --type question',
    'predict --type question --needs search --deadline 30s --budget 0.05 --weights success=1,cost=0.5',
  ])
    .description('which agents could do a task, and how well, for how much and how fast each would: nothing runs and nothing is decided')
    .requiredOption('--type <task type>', 'the type of the task')
    .option('--needs <capabilities>', 'what the agent must be able to do, a comma between', listOf)
    .option('--exclude <agents>', 'not these, a comma between', listOf)
    .option('--only <agent>', 'this agent, or agent@model, alone')
    .option('--deadline <length>', 'how long it may take, such as 30s')
    .option('--budget <usd>', 'what it may cost')
    .option('--weights <list>', 'how much success, quality, cost and latency count: success=1,cost=0.5')
    .option('--features <list>', 'features of the task that the policy declares: long=1,code=-1')
  command.action(async () => {
    const options = command.optsWithGlobals<SharedOptions & WishOptions>()
    const place = placeOf(options, shell.environment)
    if (place.tenant === '*') throw new ArgumentInvalid('A prediction is of one tenant: name it with --tenant.')
    const event = predictOf(options)
    await withClient(place, (client) =>
      sayingRefusals(shell, options, async () => {
        const target = { tenant: place.tenant, type: coordinatorType, key: coordinatorKey }
        const asked = client.ask<PredictionAnswer>(target, { ...event }, { deadlineMs })
        const answer = await untilStopped(asked, shell.stop, 'asking the coordinator')
        if (options.json) shell.print(JSON.stringify(answer))
        else if (answer.candidates.length > 0) shell.print(`${candidatesTable(answer.candidates)}${moreText(answer)}`)
        if (!answer.ok)
          throw new PredictionRefused(`predicting a ${event.taskType} task of tenant ${place.tenant}: ${answer.reason}`, answer.code)
        if (!options.json) shell.print(`\nby policy ${answer.policyVersion}; nothing was decided`)
      }),
    )
  })
}

const moreText = ({ more = 0 }: PredictionAnswer): string => (more > 0 ? `\nand ${more} more` : '')
