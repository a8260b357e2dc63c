// `troupe export` and `troupe open`, each in a process of its own.
import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readBundle } from '../../services/inspector/bundle/bundle.ts'
import { unwiredActors } from '../../services/worker/unwired.ts'
import { json, startTroupe, troupe } from '../cli/troupe.ts'
import { stackForTests } from '../gateway/actors-stack.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// Each process loads the actors of the main job: on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 90_000 })

const stack = stackForTests({ definitions: () => Promise.resolve(unwiredActors()) })
const environment = () => ({ NATS_URL: stack().natsUrl, DATABASE_URL: stack().databaseUrl, TROUPE_NAMESPACE: stack().parts.namespace })

async function makeSchedule(key: string): Promise<string> {
  const actor = `main/schedule/${key}`
  const set = {
    type: 'schedule.set',
    target: 'main/conversation/nobody',
    event: { type: 'conversation.read', password: 'hunter2-planted' },
    when: { everyMs: 3_600_000 },
  }
  for (const event of [set, { type: 'schedule.pause' }]) await stack().client.send(actor, event)
  await stack().projected(actor, 3)
  return actor
}

/** The status that a page gets there under a name of its own for this machine. */
const statusUnder = (url: string, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asking = request(url, { headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    asking.on('error', reject).end()
  })

test('an actor is exported without a gateway, as JSON and as a page, and the JSON is shown by itself', async () => {
  const actor = await makeSchedule('a')
  const folder = await temporaryFolder()
  const [run, page] = [join(folder, 'run.json'), join(folder, 'run.html')]
  const [asJson, asPage] = await Promise.all([
    troupe(['export', actor, '--out', run, '--json'], environment()),
    troupe(['export', 'schedule/a', '--out', page], environment()),
  ])
  expect(json(asJson)).toMatchObject({ out: run, actors: [{ actor, first: 1, last: 3 }], cut: [] })
  expect(asPage).toMatchObject({ code: 0, out: `${page}\n`, err: expect.stringContaining('1 actors') })
  const text = await readFile(run, 'utf8')
  expect(readBundle(text, run).of).toEqual({ kind: 'actor', id: actor })
  expect(text).not.toContain('hunter2-planted')
  expect(await readFile(page, 'utf8')).toMatch(/^<!doctype html>/)

  const opened = startTroupe(['open', run])
  await opened.noted
  const shown = opened.ended
  opened.interrupt()
  expect(await shown).toMatchObject({ code: 0, out: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\n$/) })
})

test('an opened export is a page on this machine only, and nothing else', async () => {
  const actor = await makeSchedule('b')
  const run = join(await temporaryFolder(), 'run.json')
  await troupe(['export', actor, '--out', run], environment())
  const port = 20_000 + Math.floor(process.pid % 20_000)
  const opened = startTroupe(['open', run, '--port', String(port)])
  await opened.noted
  const url = `http://127.0.0.1:${port}/`
  const answer = await fetch(url)
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(await answer.text()).toContain('id="troupe-export"')
  expect((await fetch(`${url}v1/tasks`)).status).toBe(404)
  expect((await fetch(url, { method: 'POST' })).status).toBe(404)
  expect(await statusUnder(url, 'evil.example')).toBe(403)
  expect(await statusUnder(url, `localhost:${port}`)).toBe(200)
  opened.interrupt()
  expect((await opened.ended).code).toBe(0)
})

test('what cannot be exported or opened is said in a sentence, with exit code 2', async () => {
  const folder = await temporaryFolder()
  const foreign = join(folder, 'foreign.json')
  await writeFile(foreign, '{"name":"x"}')
  const [missing, name, turns, none, wrong, page] = await Promise.all([
    troupe(['export', 'never-was', '--out', join(folder, 'x.json')], environment()),
    troupe(['export', 'x', '--out', join(folder, 'x.pdf')], environment()),
    troupe(['export', 'x', '--turns', '5000'], environment()),
    troupe(['open', join(folder, 'none.json')]),
    troupe(['open', foreign]),
    troupe(['open', join(folder, 'run.html')]),
  ])
  expect(missing).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_RESOURCE_MISSING: exporting task never-was: /) })
  expect(name).toMatchObject({ code: 2, err: expect.stringContaining('.html or .json') })
  expect(turns).toMatchObject({ code: 2, err: expect.stringContaining('at most 1000') })
  expect(none).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_CLI_ARGUMENT_INVALID: Opening .*cannot be read/) })
  expect(wrong).toMatchObject({ code: 2, err: expect.stringMatching(/^TR_EXPORT_UNREADABLE: opening .*no export of Troupe/) })
  expect(page).toMatchObject({ code: 2, err: expect.stringContaining('give it to a browser') })
})
