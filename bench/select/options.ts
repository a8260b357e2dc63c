// Options of the command line, checked.
import fs from 'node:fs'
import { parseArgs } from 'node:util'
import { readPolicy } from '../../machines/selection.ts'
import type { SelectionPolicy } from '../../machines/selection/types.ts'
import { goalNames, type GoalName } from './goals.ts'

export interface Options {
  readonly seeds: readonly number[]
  readonly goals: readonly GoalName[]
  /** Whether everything is wanted, baselines included. */
  readonly whole: boolean
  /** Plays in the place of `thompson`. */
  readonly policy: SelectionPolicy | undefined
  readonly json: boolean
  readonly strict: boolean
}

/** The command line cannot be understood; the message says why. */
export class WrongOption extends Error {
  override readonly name = 'WrongOption'
}

const seedsMax = 1_000
const seedMax = 1_000_000

export function readOptions(args: readonly string[]): Options {
  const { seeds, from, only, policy, json, strict } = parsed(args)
  const first = countOf('--from', from, seedMax)
  const wanted = only?.split(',') ?? goalNames
  const unknown = wanted.filter((name) => !isGoal(name))
  if (unknown.length > 0) throw new WrongOption(`--only ${unknown.join(',')}: the goals are ${goalNames.join(', ')}`)
  return {
    seeds: Array.from({ length: countOf('--seeds', seeds, seedsMax) }, (_, index) => first + index),
    goals: wanted.filter(isGoal),
    whole: only === undefined,
    policy: policy === undefined ? undefined : policyIn(policy),
    json,
    strict,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seeds: { type: 'string', default: '20' },
        from: { type: 'string', default: '1' },
        only: { type: 'string' },
        policy: { type: 'string' },
        json: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
      },
    }).values
  } catch (cause) {
    throw new WrongOption(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

const isGoal = (name: string): name is GoalName => goalNames.some((goal) => goal === name)

function countOf(option: string, text: string, most: number): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 1 && count <= most) return count
  throw new WrongOption(`${option} ${text}: it is a whole number from 1 to ${most}`)
}

function policyIn(file: string): SelectionPolicy {
  let value: unknown
  try {
    value = JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new WrongOption(`--policy ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  const read = readPolicy(value)
  if (read.ok) return read.policy
  throw new WrongOption(`--policy ${file}: ${read.code}: ${read.faults.join('; ')}`)
}
