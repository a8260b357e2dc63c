import { afterEach, expect, test } from 'vitest'
import { roster } from '../../actors/agents/index.ts'
import { troupeActors } from '../../actors/index.ts'
import { bucketOf, registryOf, registryRefusals, type AgentDescription, type AgentResults } from '../../machines/registry.ts'
import { skillRefusals, skillsOf } from '../../machines/skills.ts'
import { someFaults } from '../../runtime/testing/index.ts'
import { fakePorts } from '../support/actor-ports.ts'
import { answers } from '../support/agents.ts'
import { startFleet } from '../support/fleet.ts'

// The registry, the skills and the coordinator on the kernel, in memory: what one tells the other really arrives.
let fleet: Awaited<ReturnType<typeof startFleet>>
afterEach(() => fleet.stop())
const start = async (more: object = {}) => {
  fleet = await startFleet({ definitions: troupeActors({ ...fakePorts([answers('yes')]), models: ['big', 'small'] }), ...more })
  return fleet
}
const ask = async <Value = Record<string, unknown>>(
  actor: string,
  event: { type: string; [field: string]: unknown },
  headers = {},
): Promise<Value> => {
  const reply = await fleet.ask(actor, event, headers)
  return (reply.ok ? reply.value : reply.error) as Value
}
const define = (agent: { name: string; [field: string]: unknown }) =>
  ask(registryOf('acme', agent.name), { type: 'agent.define', agent: { kind: 'researcher', ...agent } })
const describeAgent = (name: string) => ask<AgentDescription>(registryOf('acme', name), { type: 'agent.describe', name })
const skill = { name: 'verse', version: '1', instructions: 'Rhyme.', tools: ['list-files'] }
const candidates = async (): Promise<readonly string[]> => {
  const answer = await ask<{ candidates: readonly { arm: string; excluded?: string }[] }>('acme/coordinator/main', {
    type: 'agent.predict',
    taskType: 'question',
  })
  return answer.candidates.flatMap(({ arm, excluded }) => (excluded === undefined ? [arm] : []))
}
const choose = (only: string) =>
  ask('acme/coordinator/main', { type: 'agent.choose', taskId: 't1', taskType: 'question', only }) as Promise<{
    choices: readonly object[]
  }>

test('a defined agent is chosen from, with the program that its skills are part of, until it is disabled', async () => {
  await start()
  expect(await ask(skillsOf('acme'), { type: 'skill.set', skill })).toMatchObject({ ok: true })
  expect(await define({ name: 'poet', instructions: 'Answer in verse.', skills: ['verse@1'], models: ['small'] })).toMatchObject({
    ok: true,
  })
  await fleet.settle()
  expect(await describeAgent('poet')).toMatchObject({ ok: true, cards: [{ model: 'small', state: 'selectable' }] })
  expect(await candidates()).toContain('poet@small')
  expect(await choose('poet')).toMatchObject({
    choices: [
      {
        agent: 'poet',
        model: 'small',
        program: {
          kind: 'researcher',
          instructions: 'Answer in verse.\n\nSkill verse@1:\nRhyme.',
          tools: ['search-documents', 'read-file', 'list-files'],
        },
      },
    ],
  })
  await ask(registryOf('acme', 'poet'), { type: 'agent.disable', name: 'poet' })
  await fleet.settle()
  expect(await candidates()).not.toContain('poet@small')
  await ask(registryOf('acme', 'poet'), { type: 'agent.enable', name: 'poet' })
  await fleet.settle()
  expect(await candidates()).toContain('poet@small')
})

test('a skill that an agent uses stays until the agent is defined without it', async () => {
  await start()
  await ask(skillsOf('acme'), { type: 'skill.set', skill })
  await define({ name: 'poet', skills: ['verse@1'] })
  const remove = () => ask(skillsOf('acme'), { type: 'skill.remove', skill: 'verse@1' })
  expect(await remove()).toMatchObject({ ok: false, code: skillRefusals.inUse })
  await define({ name: 'poet' })
  await fleet.settle()
  expect(await remove()).toMatchObject({ ok: true })
  expect(await define({ name: 'poet', skills: ['verse@1'] })).toMatchObject({ ok: false, code: registryRefusals.invalid })
})

test('an agent that the coordinator has no room for stays listed, says why, and is offered again when it is enabled', async () => {
  await start()
  const crowd = Array.from({ length: 40 }, (_, n) => `big${n}`)
  for (const name of crowd) await define({ name, instructions: 'x'.repeat(7_500) })
  await fleet.settle()
  const described = await Promise.all(crowd.map(async (name) => ({ name, agent: await describeAgent(name) })))
  const refused = described.filter(({ agent }) => agent.ok && agent.cards[0]?.state === 'refused')
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThan(crowd.length)
  const [{ name, agent } = { name: '', agent: undefined }] = refused
  expect(agent).toMatchObject({ ok: true, status: 'active', cards: [{ code: 'TR_AGENTS_FULL' }] })
  const chosen = described.find((one) => one.agent.ok && one.agent.cards[0]?.state === 'selectable')?.name ?? ''
  await ask(registryOf('acme', chosen), { type: 'agent.retire', name: chosen })
  await fleet.settle()
  await ask(registryOf('acme', name), { type: 'agent.enable', name })
  await fleet.settle()
  expect(await describeAgent(name)).toMatchObject({ cards: [{ state: 'selectable' }] })
})

test('the same call made again, with its id or without, makes no agent twice and no revision more', async () => {
  await start()
  const items = ['a1', 'a2', 'a3'].map((name) => ({ agent: { name, kind: 'researcher' } }))
  const byBucket = Map.groupBy(items, ({ agent }) => bucketOf(agent.name))
  for (const id of [{ 'Nats-Msg-Id': 'once' }, { 'Nats-Msg-Id': 'once' }, {}])
    for (const [bucket, some] of byBucket) {
      const sent = 'Nats-Msg-Id' in id ? { 'Nats-Msg-Id': `${id['Nats-Msg-Id']}-${bucket}` } : {}
      const event = { type: 'agents.define', items: some }
      if ('Nats-Msg-Id' in sent) fleet.send(`acme/registry/${bucket}`, event, sent)
      else expect(await ask<AgentResults>(`acme/registry/${bucket}`, event)).toMatchObject({ ok: true })
    }
  await fleet.settle()
  for (const { agent } of items) expect(await describeAgent(agent.name)).toMatchObject({ revision: 1 })
  const facts = (await fleet.entries()).flatMap((entry) => entry.emits ?? []).filter(({ type }) => type === 'agent.defined')
  expect(facts.map(({ agent }) => String(agent)).toSorted()).toEqual(['a1', 'a2', 'a3'])
})

test('what nobody outside may say is not believed: that a card was taken, or that skills were found', async () => {
  await start()
  await define({ name: 'poet' })
  const forged = await ask(registryOf('acme', 'poet'), { type: 'agent.registration', agent: 'poet', version: 'r1', ok: true })
  expect(forged).toMatchObject({ message: expect.stringContaining('is not taken from outside') })
  expect(await ask(skillsOf('acme'), { type: 'skills.use', uses: [] })).toMatchObject({
    message: expect.stringContaining('is not taken from outside'),
  })
})

test(
  'agents defined while workers die and messages are repeated are each defined once, and the coordinator knows them all',
  { timeout: 120_000 },
  async () => {
    await start({ workers: 3, partitions: 8, seed: 7, faults: someFaults })
    const names = Array.from({ length: 60 }, (_, n) => `crew${n}`)
    fleet.send(skillsOf('acme'), { type: 'skill.set', skill })
    await fleet.advance(5_000)
    for (const [n, name] of names.entries()) {
      const agent = { name, kind: 'researcher', ...(n % 2 === 0 && { skills: ['verse@1'] }) }
      for (let copy = 0; copy < (n % 3 === 0 ? 2 : 1); copy++)
        fleet.send(registryOf('acme', name), { type: 'agent.define', agent }, { 'Nats-Msg-Id': `define-${name}` })
      await fleet.advance(200)
    }
    expect(fleet.history.filter((line) => line.includes(' dies: ')).length, 'workers that died').toBeGreaterThan(0)
    fleet.heal()
    await fleet.settle(300_000)
    const facts = (await fleet.entries()).flatMap((entry) => entry.emits ?? [])
    const defined = facts.flatMap(({ type, agent }) => (type === 'agent.defined' ? [String(agent)] : []))
    expect(defined.length).toBe(names.length)
    expect(new Set(defined)).toEqual(new Set(names))
    const { state } = await fleet.query('acme/coordinator/main')
    const arms = Object.keys(state?.context['cards'] ?? {})
    expect(arms).toEqual(expect.arrayContaining(names))
    expect(arms).toHaveLength(names.length + roster.length)
    for (const name of names) expect(await describeAgent(name), name).toMatchObject({ revision: 1, cards: [{ state: 'selectable' }] })
  },
)
