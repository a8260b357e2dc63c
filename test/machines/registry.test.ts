import { expect, test } from 'vitest'
import { roster } from '../../actors/agents/index.ts'
import { actorId } from '../../machines/address.ts'
import { createRegistryMachine } from '../../machines/registry.machine.ts'
import { bucketOf, registryLimits, registryRefusals, type AgentSpec } from '../../machines/registry.ts'
import { given, hears, type Step, type Story } from '../support/given.ts'

const known = { kinds: roster, tools: ['search-documents', 'read-file', 'list-files'], models: ['big', 'small'] }
const coordinator = actorId('acme', 'coordinator', 'main')
const skills = actorId('acme', 'skills', 'main')

/** Names whose agents share a bucket. */
const sameBucket = (count: number): readonly string[] => {
  const names: string[] = []
  for (let n = 0; names.length < count; n++) if (bucketOf(`agent${n}`) === bucketOf('agent0')) names.push(`agent${n}`)
  return names
}
const names = sameBucket(250)
const [one = '', two = '', three = ''] = names
const bucket = (name = one): Story => {
  const key = bucketOf(name)
  return given(createRegistryMachine(known), { tenant: 'acme', type: 'registry', key }, actorId('acme', 'registry', key))
}
const spec = (more: Partial<AgentSpec> = {}): AgentSpec => ({ name: one, kind: 'researcher', ...more })
const define = (more: Partial<AgentSpec> = {}, expectedRevision?: number): Step =>
  hears({ type: 'agent.define', agent: spec(more), ...(expectedRevision !== undefined && { expectedRevision }) })
const answerOf = (story: Story): unknown => story.outcome.replies.at(-1)?.value
const found = (batch: string, refs: readonly string[], tools: readonly string[] = []): Step =>
  hears(
    { type: 'skills.found', batch, skills: Object.fromEntries(refs.map((ref) => [ref, { instructions: `how to ${ref}`, tools }])) },
    { from: skills },
  )
const said = (more: object = {}): Step =>
  hears({ type: 'agent.registration', agent: one, version: 'r1', ok: true, ...more }, { from: coordinator })

test('a defined agent is what its kind is, but for what it says itself, and the coordinator knows its card', () => {
  const story = bucket().when(define({ instructions: 'Say it in verse.', description: 'a poet', models: ['small'] }))
  expect(answerOf(story)).toEqual({ name: one, ok: true, revision: 1, status: 'active', changed: true })
  expect(story.sent('agent.register')).toEqual([
    {
      to: coordinator,
      event: {
        type: 'agent.register',
        agent: one,
        version: 'r1',
        model: 'small',
        taskTypes: ['question'],
        capabilities: ['search', 'read'],
        program: {
          kind: 'researcher',
          instructions: 'Say it in verse.',
          approach: roster[0]?.approach,
          tools: ['search-documents', 'read-file'],
        },
      },
    },
  ])
  expect(story.facts('agent.defined')).toMatchObject([
    { agent: one, revision: 1, kind: 'researcher', status: 'active', description: 'a poet' },
  ])
})

test('a definition that says what holds already changes nothing, whatever revision it expected', () => {
  const story = bucket().when(define({}, 0), define({}, 0), define({}, 7))
  expect(answerOf(story)).toMatchObject({ ok: true, revision: 1, changed: false })
  expect(story.sent('agent.register')).toHaveLength(1)
})

test('an agent that was changed by another since it was looked at is left as it is', () => {
  const story = bucket().when(define({}, 0), define({ description: 'mine' }, 1), define({ description: 'yours' }, 1))
  expect(answerOf(story)).toMatchObject({ ok: false, code: registryRefusals.changed })
  story.when(hears({ type: 'agent.describe', name: one }))
  expect(answerOf(story)).toMatchObject({ ok: true, revision: 2, definition: { description: 'mine', version: 'r2', follows: 'r1' } })
})

test('every fault of a definition is named at once', () => {
  const wrong = {
    name: 'a/b',
    kind: 'wizard',
    tools: ['telepathy'],
    models: ['huge'],
    costClass: 'gratis',
    constructor: 1,
    expects: { success: 2 },
  }
  const story = bucket().when(hears({ type: 'agent.define', agent: wrong }))
  const { faults } = answerOf(story) as { faults: string[] }
  for (const field of ['name', 'kind', 'tools', 'models', 'costClass', '"constructor"', 'expects.trials', 'expects.success'])
    expect(
      faults.some((fault) => fault.startsWith(`${field}:`)),
      field,
    ).toBe(true)
  expect(story.facts('agent.defined')).toEqual([])
})

test('what is no object at all, or is named like a kind, is refused with what is wrong', () => {
  for (const agent of [null, 'x', [], 7, { name: 'researcher', kind: 'researcher' }, { name: '__proto__', kind: 'researcher' }])
    expect(answerOf(bucket().when(hears({ type: 'agent.define', agent }))), JSON.stringify(agent)).toMatchObject({
      ok: false,
      code: registryRefusals.invalid,
    })
})

test('an agent named like what every object inherits is one like any other', () => {
  const story = bucket('constructor').when(hears({ type: 'agent.describe', name: 'constructor' }))
  expect(answerOf(story)).toMatchObject({ ok: false, code: registryRefusals.unknown })
  story.when(define({ name: 'constructor' }), hears({ type: 'agent.disable', name: 'constructor' }))
  expect(answerOf(story)).toMatchObject({ ok: true, revision: 2, status: 'disabled' })
})

test('an agent is refused by a bucket that it does not belong into', () => {
  const story = bucket().when(define({ name: 'elsewhere' }))
  expect(answerOf(story)).toMatchObject({ ok: false, code: registryRefusals.misplaced })
})

test('a disabled agent leaves the selection, stays disabled when it is defined anew, and comes back when it is enabled', () => {
  const story = bucket().when(define(), hears({ type: 'agent.disable', name: one }), define({ description: 'better' }))
  expect(story.sent('agent.retire')).toEqual([{ to: coordinator, event: { type: 'agent.retire', agent: one } }])
  expect(story.sent('agent.register')).toHaveLength(1)
  story.when(hears({ type: 'agent.enable', name: one }))
  expect(answerOf(story)).toMatchObject({ ok: true, status: 'active', revision: 4 })
  expect(story.sent('agent.register')).toHaveLength(2)
})

test('a retired agent is not enabled, but may be defined again, under its next revision', () => {
  const story = bucket().when(define(), hears({ type: 'agent.retire', name: one }), hears({ type: 'agent.enable', name: one }))
  expect(answerOf(story)).toMatchObject({ ok: false, code: registryRefusals.unknown })
  expect(answerOf(story.when(define({}, 0)))).toMatchObject({ code: registryRefusals.changed })
  expect(answerOf(story.when(define({}, 2)))).toMatchObject({ ok: true, revision: 3, status: 'active', changed: true })
})

test('a model that an agent no longer runs on loses its card, the others are registered anew', () => {
  const story = bucket().when(
    define({ models: ['big', 'small'] }),
    define({ models: ['small'] }),
    define({ models: [] }),
    define({ models: ['big'] }),
  )
  expect(story.sent('agent.retire').map(({ event }) => event)).toEqual([
    { type: 'agent.retire', agent: one, model: 'big' },
    { type: 'agent.retire', agent: one, model: 'small' },
    { type: 'agent.retire', agent: one },
  ])
  expect(story.sent('agent.register').map(({ event }) => event['model'])).toEqual(['big', 'small', 'small', undefined, 'big'])
})

test('an agent that the coordinator has no room for stays listed, as not selectable, with why', () => {
  const story = bucket().when(define(), said({ ok: false, code: 'TR_AGENTS_FULL', reason: 'the limit of 1000 arms is reached' }))
  expect(story.facts('agent.selectable')).toMatchObject([
    { agent: one, selectable: false, why: 'TR_AGENTS_FULL: the limit of 1000 arms is reached' },
  ])
  story.when(define({ description: 'another try' }), said({ version: 'r1' }))
  expect(story.facts('agent.selectable'), 'what is said of a former card').toHaveLength(1)
  story.when(said({ version: 'r2' }))
  expect(story.facts('agent.selectable').at(-1)).toMatchObject({ selectable: true, why: '' })
})

test('what skills say becomes part of the program, and their tools of its tools', () => {
  const story = bucket().when(define({ skills: ['verse@1'], tools: ['read-file'] }))
  expect(story.sent('skills.use')).toEqual([
    { to: skills, event: { type: 'skills.use', uses: ['verse@1'], ask: { batch: 'b1', skills: ['verse@1'] } } },
  ])
  expect(story.sent('agent.register')).toEqual([])
  story.when(found('b1', ['verse@1'], ['list-files']))
  expect(answerOf(story)).toMatchObject({ ok: true, revision: 1 })
  expect(story.sent('agent.register')[0]?.event).toMatchObject({
    skills: ['verse@1'],
    program: { instructions: expect.stringMatching(/Skill verse@1:\nhow to verse@1$/), tools: ['read-file', 'list-files'] },
  })
})

test('a skill that is not published is a fault, and nothing is used of it', () => {
  const story = bucket().when(define({ skills: ['verse@1', 'prose@2'] }), found('b1', ['prose@2']))
  expect(answerOf(story)).toMatchObject({ ok: false, code: registryRefusals.invalid, faults: ["skills: 'verse@1' is not published"] })
  expect(story.sent('skills.use').at(-1)?.event).toEqual({ type: 'skills.use', uses: [] })
})

test('nobody else changes an agent that waits for its skills', () => {
  const story = bucket().when(define({ skills: ['verse@1'] }), define({ description: 'quick' }))
  expect(answerOf(story)).toMatchObject({ code: registryRefusals.busy })
  expect(answerOf(story.when(hears({ type: 'agent.retire', name: one })))).toMatchObject({ code: registryRefusals.busy })
  expect(answerOf(story.when(found('b1', ['verse@1'])))).toMatchObject({ ok: true, revision: 1 })
})

test('a retired agent lets go of its skills, a disabled one keeps them', () => {
  const story = bucket().when(define({ skills: ['verse@1'] }), found('b1', ['verse@1']), hears({ type: 'agent.disable', name: one }))
  expect(story.sent('skills.use')).toHaveLength(1)
  story.when(hears({ type: 'agent.retire', name: one }))
  expect(story.sent('skills.use').at(-1)?.event).toEqual({ type: 'skills.use', uses: [] })
})

test('skills that never answer make a refusal, not a wait for ever; an answer after it changes nothing', () => {
  const late: Step = (story) => {
    const [[id, { n, due }] = ['', { n: 0, due: 0 }]] = Object.entries(story.living.timers)
    return { arrival: { kind: 'timer', id, n }, at: due }
  }
  const story = bucket().when(define({ skills: ['verse@1'] }), late)
  expect(answerOf(story)).toMatchObject({ ok: false, code: registryRefusals.skillsSilent })
  story.when(found('b1', ['verse@1']), hears({ type: 'agent.describe', name: one }))
  expect(answerOf(story)).toMatchObject({ ok: false, code: registryRefusals.unknown })
})

test('the agents of one call are settled one by one, in their order, and those that are wrong do not hold up the others', () => {
  const items = [{ agent: spec() }, { agent: { name: two, kind: 'wizard' } }, { agent: spec({ name: three }), expectedRevision: 3 }]
  const story = bucket().when(hears({ type: 'agents.define', items }))
  expect(answerOf(story)).toMatchObject({
    ok: false,
    results: [
      { name: one, ok: true },
      { name: two, code: registryRefusals.invalid },
      { name: three, code: registryRefusals.changed },
    ],
  })
})

test('a call that would tell the coordinator too much at once goes on in further turns, and is answered once', () => {
  const items = names.slice(0, 12).map((name) => ({ agent: spec({ name, instructions: 'x'.repeat(7_000), models: ['big', 'small'] }) }))
  const story = bucket().when(hears({ type: 'agents.define', items }, { id: 'call' }))
  expect(story.outcome.replies).toEqual([])
  const goOn: Step = ({ living, now }) => {
    const [[id, { n, due }] = ['', { n: 0, due: 0 }]] = Object.entries(living.timers)
    return { arrival: { kind: 'timer', id, n }, at: Math.max(now, due) }
  }
  while (Object.keys(story.living.timers).length > 0) story.when(goOn)
  const replies = story.outcomes.flatMap((outcome) => outcome.replies)
  expect(replies).toMatchObject([{ to: 'call', value: { ok: true, results: items.map(({ agent: { name } }) => ({ name, ok: true })) } }])
  expect(story.outcomes.length).toBeGreaterThan(2)
  for (const { sends } of story.outcomes) expect(JSON.stringify(sends).length).toBeLessThan(2 * registryLimits.chunkCharsMax)
})

test('too many agents in one call are refused before any of them is looked at', () => {
  const items = names.slice(0, registryLimits.itemsMax + 1).map((name) => ({ agent: spec({ name }) }))
  const story = bucket().when(hears({ type: 'agents.define', items }))
  expect(answerOf(story)).toMatchObject({ ok: false, code: registryRefusals.tooMany })
})

test('a full bucket forgets retired agents, the oldest first, and then refuses', () => {
  const story = bucket()
  const big = (name: string): Step => define({ name, instructions: 'x'.repeat(8_000) })
  const refusedAt = names.findIndex((name) => {
    story.when(big(name))
    return !(answerOf(story) as { ok: boolean }).ok
  })
  expect(refusedAt).toBeGreaterThan(40)
  expect(answerOf(story)).toMatchObject({ code: registryRefusals.full })
  story.when(hears({ type: 'agent.retire', name: two }), big(names[refusedAt] ?? ''))
  expect(answerOf(story)).toMatchObject({ ok: true })
  story.when(hears({ type: 'agent.describe', name: two }))
  expect(answerOf(story)).toMatchObject({ code: registryRefusals.unknown })
  expect(JSON.stringify(story.living.snapshot.context).length).toBeLessThan(768 * 1024)
})
