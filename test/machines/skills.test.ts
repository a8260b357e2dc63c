import { expect, test } from 'vitest'
import { actorId } from '../../machines/address.ts'
import { createSkillsMachine } from '../../machines/skills.machine.ts'
import { skillLimits, skillRefusals, type Skill } from '../../machines/skills.ts'
import { given, hears, type Step, type Story } from '../support/given.ts'

const skills = (): Story => given(createSkillsMachine({ tools: ['read-file', 'list-files'] }))
const verse: Skill = { name: 'verse', version: '1', instructions: 'Rhyme.', tools: ['read-file'] }
const set = (more: object = {}): Step => hears({ type: 'skill.set', skill: { ...verse, ...more } })
const remove = (skill = 'verse@1'): Step => hears({ type: 'skill.remove', skill })
const bucket = actorId('acme', 'registry', '7')
const use = (uses: readonly string[], ask?: object, from = bucket): Step =>
  hears({ type: 'skills.use', uses, ...(ask && { ask }) }, { from })
const answerOf = (story: Story): unknown => story.outcome.replies.at(-1)?.value

test('a published version never changes: the same content is accepted again, other content is refused', () => {
  const story = skills().when(set(), set())
  expect(answerOf(story)).toEqual({ ok: true, skill: 'verse@1', changed: false })
  expect(answerOf(story.when(set({ instructions: 'Do not rhyme.' })))).toMatchObject({ ok: false, code: skillRefusals.taken })
  expect(answerOf(story.when(set({ instructions: 'Do not rhyme.', version: '2' })))).toMatchObject({ ok: true, changed: true })
})

test('every fault of a skill is named at once', () => {
  const story = skills().when(hears({ type: 'skill.set', skill: { name: 'a b', tools: ['telepathy'], colour: 'red' } }))
  const { faults } = answerOf(story) as { faults: string[] }
  for (const field of ['name', 'version', 'instructions', 'tools', '"colour"'])
    expect(
      faults.some((fault) => fault.startsWith(`${field}:`)),
      field,
    ).toBe(true)
})

test('a bucket that asks is told the skills that there are, and what is in use is not removed', () => {
  const story = skills().when(set(), use(['verse@1', 'prose@9'], { batch: 'b1', skills: ['verse@1', 'prose@9'] }))
  expect(story.sent('skills.found')).toEqual([
    {
      to: bucket,
      event: { type: 'skills.found', batch: 'b1', skills: { 'verse@1': { instructions: 'Rhyme.', tools: ['read-file'] } } },
    },
  ])
  expect(answerOf(story.when(remove()))).toMatchObject({ ok: false, code: skillRefusals.inUse })
  expect(answerOf(story.when(use([]), remove()))).toMatchObject({ ok: true })
  expect(answerOf(story.when(remove()))).toMatchObject({ ok: false, code: skillRefusals.unknown })
})

test('only buckets of the registry say what is in use', () => {
  const story = skills().when(set(), use(['verse@1'], undefined, actorId('acme', 'task', '1')))
  expect(answerOf(story.when(remove()))).toMatchObject({ ok: true })
})

test('skills are listed page by page, none twice and none left out', () => {
  const story = skills()
  for (let n = 0; n < 7; n++) story.when(set({ version: `${n}` }))
  const seen: string[] = []
  let after: string | undefined
  do {
    story.when(hears({ type: 'skills.list', limit: 3, ...(after !== undefined && { after }) }))
    const page = answerOf(story) as { skills: { skill: string }[]; next?: string }
    seen.push(...page.skills.map(({ skill }) => skill))
    after = page.next
  } while (after !== undefined)
  expect(seen).toEqual(Array.from({ length: 7 }, (_, n) => `verse@${n}`))
})

test('a new skill is refused at the limit', () => {
  const story = skills()
  const room = Math.floor(skillLimits.skillsBytesMax / 4_100)
  for (let n = 0; n <= room; n++) story.when(set({ version: `${n}`, instructions: 'x'.repeat(skillLimits.instructionsCharsMax) }))
  expect(answerOf(story)).toMatchObject({ ok: true })
  for (let n = 0; n < 10; n++) story.when(set({ version: `more${n}`, instructions: 'x'.repeat(skillLimits.instructionsCharsMax) }))
  expect(answerOf(story)).toMatchObject({ ok: false, code: skillRefusals.full })
})
