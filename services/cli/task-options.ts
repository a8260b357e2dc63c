// Task options
// What a task is asked for, as people write it on the command line.
import type { TeamRule, TeamWish, Escalation, TaskSubmit } from '../../machines/task-submit.ts'
import { ArgumentInvalid } from './errors.ts'
import { numberOf, wishesOf, type WishOptions } from './explain/wishes.ts'

export interface SubmitOptions extends WishOptions {
  readonly collection: string
  readonly root?: string
  readonly file?: string
  readonly priority?: string
  readonly team?: string
  readonly compare?: string
  readonly plan?: boolean
  readonly aggregate?: string
  readonly escalate?: string
  readonly qualityMin?: string
}

/** Throws `ArgumentInvalid` for what cannot be read. What the figures may be is checked as it is for every client. */
export function submitOf(
  options: SubmitOptions,
  prompt: string,
  root: string,
): Omit<TaskSubmit, 'aggregate'> & { readonly aggregate?: string } {
  const { type: taskType, collection, file, priority, team, compare, plan, aggregate, escalate, qualityMin } = options
  return {
    type: 'task.submit',
    taskType,
    prompt,
    root,
    collection,
    ...wishesOf(options),
    ...(file !== undefined && { file }),
    ...(priority !== undefined && { priority: numberOf('the priority', priority) }),
    ...(team !== undefined && { team: teamOf(team, compare) }),
    ...(plan && { plan }),
    ...(aggregate !== undefined && { aggregate }),
    ...(escalate !== undefined && { escalate: escalationOf(escalate) }),
    ...(qualityMin !== undefined && { qualityMin: numberOf('the quality', qualityMin) }),
  }
}

const rules = ['first-good', 'quorum', 'vote'] as const satisfies readonly TeamRule[]

/** `vote:3`, `quorum:3:2`. */
export function teamOf(text: string, compare: string | undefined): TeamWish {
  const [named, size, agree, ...rest] = text.split(':')
  const rule = rules.find((one) => one === named)
  const compared = compare === undefined || compare === 'text' || compare === 'json'
  if (rule === undefined || size === undefined || rest.length > 0)
    throw new ArgumentInvalid(`Reading the team '${text}': write first-good:2, vote:3 or quorum:3:2.`)
  if (!compared) throw new ArgumentInvalid(`Reading how answers are compared: '${compare}' is neither text nor json.`)
  return {
    rule,
    size: numberOf('the size of the team', size),
    ...(agree !== undefined && { agree: numberOf('how many must agree', agree) }),
    ...(compare !== undefined && { compare }),
  }
}

/** `always`, `below=0.5`, `above=0.2`, `else`, in any number. */
export function escalationOf(text: string): Escalation {
  let escalation: Escalation = {}
  for (const part of text.split(',').map((one) => one.trim())) {
    const [name, figure] = part.split('=', 2)
    if (part === 'always') escalation = { ...escalation, always: true }
    else if (name === 'below' && figure !== undefined) escalation = { ...escalation, belowSuccess: numberOf('below', figure) }
    else if (name === 'above' && figure !== undefined) escalation = { ...escalation, aboveUsd: numberOf('above', figure) }
    else if (part !== 'else')
      throw new ArgumentInvalid(`Reading when a person is asked: '${part}' is none of always, below=0.5, above=0.2 and else.`)
  }
  return escalation
}
