// Skills machine
// The skills of a tenant: named pieces of instructions and tools that agents refer to as `name@version`.
//
// K1. A version once published never changes: an agent that was good stays what it was.
// K2. A skill that some agent uses, or waits for, is not removed: every bucket of the registry says which ones it uses, all of them each time.
// K3. What is kept is bounded; at the limit a new skill is refused.
import { enqueueActions, sendTo, setup } from 'xstate'
import { parseActorId } from './address.ts'
import { refTo, replyLater, type ReplyEmitted } from './authoring.ts'
import { metaOf, senderOf } from './message.ts'
import { readSkill } from './registry-spec.ts'
import { registryLimits, registryType, type RegistryKnown } from './registry.ts'
import {
  skillLimits,
  skillRef,
  skillRefusals,
  type Skill,
  type SkillAnswer,
  type SkillCommand,
  type SkillDescription,
  type SkillFact,
  type SkillRefused,
  type SkillsFound,
  type SkillsPage,
  type SkillsUse,
} from './skills.ts'

export interface SkillsContext {
  /** By `name@version`. */
  readonly skills: Readonly<Record<string, Skill>>
  readonly bytes: number
  /** By the key of the bucket. */
  readonly uses: Readonly<Record<string, readonly string[]>>
}

export type SkillsEvent = SkillCommand | SkillsUse | { readonly type: 'cancel'; readonly reason?: string }

interface Step {
  readonly next?: Partial<SkillsContext>
  readonly fact?: SkillFact
  readonly answer?: SkillAnswer | SkillDescription | SkillsPage
  readonly found?: SkillsFound
}

/** `known`: the tools that a skill may name. */
export const createSkillsMachine = (known: Pick<RegistryKnown, 'tools'>) =>
  setup({
    types: {
      context: {} as SkillsContext,
      events: {} as SkillsEvent,
      emitted: {} as SkillFact | ReplyEmitted,
    },
    actions: {
      takeStep: enqueueActions(({ context, event, enqueue }) => {
        const { next, fact, answer, found } = stepOf(context, event, known)
        const sender = senderOf(event)
        if (next) enqueue.assign(next)
        if (fact) enqueue.emit(fact)
        if (answer) enqueue(replyLater(metaOf(event)?.id ?? '', answer))
        if (found && sender) enqueue(sendTo(refTo(sender), found))
      }),
    },
  }).createMachine({
    id: 'skills',
    context: { skills: {}, bytes: 0, uses: {} },
    initial: 'ready',
    states: {
      ready: {
        on: {
          'skill.set': { actions: 'takeStep' },
          'skill.remove': { actions: 'takeStep' },
          'skill.describe': { actions: 'takeStep' },
          'skills.list': { actions: 'takeStep' },
          'skills.use': { actions: 'takeStep' },
          cancel: { description: 'Nothing to cancel: skills are removed one by one.' },
        },
      },
    },
  })

function stepOf(context: SkillsContext, event: SkillsEvent, known: Pick<RegistryKnown, 'tools'>): Step {
  switch (event.type) {
    case 'skill.set':
      return publish(context, event.skill, known)
    case 'skill.remove':
      return remove(context, event.skill)
    case 'skill.describe': {
      const skill = skillOf(context, event.skill)
      return { answer: skill ? { ok: true, ...skill, inUse: isInUse(context, event.skill) } : unknown(event.skill) }
    }
    case 'skills.list':
      return { answer: page(context, event) }
    case 'skills.use':
      return noteUses(context, event)
    case 'cancel':
      return {}
  }
}

const skillOf = ({ skills }: SkillsContext, ref: string): Skill | undefined => (Object.hasOwn(skills, ref) ? skills[ref] : undefined)

const refuse = (why: keyof typeof skillRefusals, reason: string): SkillRefused => ({ ok: false, code: skillRefusals[why], reason })

const unknown = (ref: string): SkillRefused =>
  refuse('unknown', `skill ${ref}: there is none; write it as name@version, or publish it first`)

function publish(context: SkillsContext, given: unknown, known: Pick<RegistryKnown, 'tools'>): Step {
  const read = readSkill(given, known)
  if (!read.ok) {
    const faults = read.faults.slice(0, registryLimits.faultsMax)
    return { answer: { ...refuse('invalid', faults.join('; ')), faults } }
  }
  const skill = read.value
  const ref = skillRef(skill)
  const held = skillOf(context, ref)
  if (held && JSON.stringify(held) === JSON.stringify(skill)) return { answer: { ok: true, skill: ref, changed: false } }
  if (held) return { answer: refuse('taken', `skill ${ref}: this version is published with other content; publish a new version`) } // K1
  const [count, bytes] = [Object.keys(context.skills).length + 1, context.bytes + bytesOf(skill)]
  const { skillsMax, skillsBytesMax } = skillLimits
  if (count > skillsMax || bytes > skillsBytesMax)
    return {
      answer: refuse(
        'full', // K3
        `skill ${ref}: it would be number ${count} with ${bytes} bytes in all, the limits are ${skillsMax} and ${skillsBytesMax}; remove some`,
      ),
    }
  return {
    next: { skills: { ...context.skills, [ref]: skill }, bytes },
    fact: { type: 'skill.published', skill: ref },
    answer: { ok: true, skill: ref, changed: true },
  }
}

function remove(context: SkillsContext, ref: string): Step {
  const skill = skillOf(context, ref)
  if (!skill) return { answer: unknown(ref) }
  if (isInUse(context, ref)) {
    const reason = `skill ${ref}: agents use it (list them with \`troupe agents --skill ${ref}\`); define them without it, or retire them, first`
    return { answer: refuse('inUse', reason) } // K2
  }
  const { [ref]: _, ...skills } = context.skills
  return {
    next: { skills, bytes: context.bytes - bytesOf(skill) },
    fact: { type: 'skill.removed', skill: ref },
    answer: { ok: true, skill: ref, changed: true },
  }
}

const isInUse = ({ uses }: SkillsContext, ref: string): boolean => Object.values(uses).some((used) => used.includes(ref))

function page(
  context: SkillsContext,
  { after = '', limit = skillLimits.pageMax }: { readonly after?: string; readonly limit?: number },
): SkillsPage {
  const refs = Object.keys(context.skills)
    .filter((ref) => ref > after)
    .toSorted((one, other) => (one < other ? -1 : 1))
  const shown = refs.slice(0, Math.min(limit, skillLimits.pageMax))
  const skills = shown.map((ref) => {
    const { description = '', tools = [] } = skillOf(context, ref) ?? {}
    return { skill: ref, description, tools, inUse: isInUse(context, ref) }
  })
  const next = refs.length > shown.length ? shown.at(-1) : undefined
  return { ok: true, skills, ...(next !== undefined && { next }) }
}

/** Only a bucket of the registry is believed. */
function noteUses(context: SkillsContext, event: SkillsUse): Step {
  const sender = parseActorId(senderOf(event) ?? '')
  if (sender?.type !== registryType) return {}
  const used = event.uses.filter((ref) => skillOf(context, ref))
  const { [sender.key]: _, ...others } = context.uses
  const next = { uses: used.length > 0 ? { ...others, [sender.key]: used } : others }
  if (!event.ask) return { next }
  const { batch, skills } = event.ask
  const found = skills.flatMap((ref) => {
    const skill = skillOf(context, ref)
    return skill ? [[ref, { instructions: skill.instructions, tools: skill.tools }] as const] : []
  })
  return { next, found: { type: 'skills.found', batch, skills: Object.fromEntries(found) } }
}

const utf8 = new TextEncoder()
const bytesOf = (skill: Skill): number => utf8.encode(JSON.stringify(skill)).length
