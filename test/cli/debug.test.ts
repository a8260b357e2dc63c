// Hold, step, release, break, fork and history against a whole system, each in a process of its own.
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { clerk } from '../gateway/actors-clerk.ts'
import { stackForTests } from '../gateway/actors-stack.ts'
import { json, troupe, type Ended } from './troupe.ts'

const stack = stackForTests({ definitions: () => Promise.resolve([clerk]) })
const module = fileURLToPath(new URL('../gateway/actors-clerk.ts', import.meta.url))

const run = (...args: readonly string[]): Promise<Ended> => {
  const { natsUrl, databaseUrl, parts } = stack()
  return troupe(args, { NATS_URL: natsUrl, DATABASE_URL: databaseUrl, TROUPE_NAMESPACE: parts.namespace })
}

async function say(key: string, ...words: readonly string[]): Promise<void> {
  for (const word of words) await stack().client.send(`main/clerk/${key}`, { type: 'say', word })
}

const wordsOf = async (key: string) => Object((await stack().client.query(`main/clerk/${key}`)).context).words

test('an actor is held, steps and goes on from the command line, and who did it is said', { timeout: 60_000 }, async () => {
  await say('h', 'one')
  await stack().projected('main/clerk/h', 2)
  const held = await run('hold', 'clerk/h', '--for', '1m', '--json')
  expect(json(held)).toMatchObject({ actor: 'main/clerk/h', held: true, by: expect.stringContaining('@'), waiting: 0 })
  await say('h', 'two', 'three')
  await stack().projected('main/clerk/h', 5)
  const stepped = await run('step', 'main/clerk/h')
  expect(stepped).toMatchObject({ code: 0, out: expect.stringMatching(/stands +still/) })
  await stack().projected('main/clerk/h', 8)
  expect(await wordsOf('h')).toEqual(['one', 'two'])
  expect((await run('release', 'clerk/h')).out).toMatch(/stands +free/)
  await stack().projected('main/clerk/h', 11)
  expect(await wordsOf('h')).toEqual(['one', 'two', 'three'])
})

test('breakpoints are set and taken away; one on no state is refused with those there are', { timeout: 60_000 }, async () => {
  await say('b', 'one')
  expect(json(await run('break', 'clerk/b', 'state:clerk.waiting', 'event:rest', '--json'))).toMatchObject({
    held: false,
    breakpoints: [
      { on: 'state', match: 'clerk.waiting' },
      { on: 'event', match: 'rest' },
    ],
  })
  const refused = await run('break', 'clerk/b', 'state:clerk.nowhere')
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('clerk.waiting') })
  expect(json(await run('break', 'clerk/b', '--clear', '--json'))).toMatchObject({ held: false, waiting: 0 })
  expect(await run('break', 'clerk/b')).toMatchObject({ code: 2, err: expect.stringContaining('--clear') })
  expect(await run('break', 'clerk/b', 'nonsense')).toMatchObject({ code: 2, err: expect.stringContaining('state:<id>') })
})

test('with * for its key every actor of a type stands still at a breakpoint, one born later too', { timeout: 60_000 }, async () => {
  const set = await run('break', 'main/clerk/*', 'event:rest', '--for', '1m', '--hold', '1m', '--json')
  expect(json(set)).toMatchObject({ tenant: 'main', type: 'clerk', breakpoints: [{ on: 'event', match: 'rest', holdMs: 60_000 }] })
  await say('later', 'one')
  await stack().client.send('main/clerk/later', { type: 'rest' })
  await stack().projected('main/clerk/later', 3)
  expect(await stack().client.query('main/clerk/later')).toMatchObject({ hold: { held: true, hit: { breakpoint: 'event:rest' } } })
  expect((await run('break', 'clerk/*', '--clear')).out).toContain('No actor of main/clerk is stopped any more')
  expect(json(await run('release', 'clerk/later', '--json'))).toMatchObject({ held: false })
  expect(await run('break', 'clerk/*', 'event:rest', '--for', '3h')).toMatchObject({ code: 2, err: expect.stringContaining('1h') })
})

test('the turns of an actor, one moment of it, and a fork from there', { timeout: 60_000 }, async () => {
  await say('t', 'a', 'b')
  await stack().client.send('main/clerk/t', { type: 'login', password: 'hunter2' })
  await stack().projected('main/clerk/t', 4)
  const turns = await run('history', 'clerk/t', '--limit', '3')
  expect(turns.out.split('\n').map((line) => line.split(/\s+/)[0])).toEqual(['turn', '4', '3', '2', ''])
  expect(turns.err).toContain('--before 2')
  const moment = await run('history', 'clerk/t', '@4', '--module', module)
  expect(moment.code).toBe(0)
  expect(moment.out).toMatch(/event +login/)
  expect(moment.out).toMatch(/took +clerk\.idle\|login\|0/)
  expect(moment.out).not.toContain('hunter2')
  expect(json(await run('history', 'clerk/t', '@3', '--json', '--module', module))).toMatchObject({
    turn: 3,
    context: { words: ['a', 'b'] },
    diff: [['splice', ['context', 'words'], 1, 0, ['b']]],
    first: 1,
    last: 4,
  })
  expect(await run('history', 'clerk/t', '@9', '--module', module)).toMatchObject({ code: 2, err: expect.stringContaining('4 turns') })
  expect(await run('history', 'clerk/nobody')).toMatchObject({ code: 2, err: expect.stringContaining('no turn of main/clerk/nobody') })
  const forked = await run('fork', 'clerk/t', '--turn', '2', '--module', module)
  expect(forked).toMatchObject({ code: 0, out: 'main/clerk/t~fork-1\n' })
  expect(await wordsOf('t~fork-1')).toEqual(['a'])
})
