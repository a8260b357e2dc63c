// A run that was exported, without the system it ran in: as one page from the disk, and as a file that a running inspector opens.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { agentPath } from '../../services/inspector/web/place.ts'
import { faultsOf } from './faults.ts'
import { actorPath, type Rows } from './gateway.ts'
import { test, type Reader } from './reader.ts'

const waitMsMax = 20_000
/** A page from the disk that is sent by mail or put beside a report should not be heavy. */
const htmlBytesMax = 1_000_000

interface Task {
  readonly id: string
  readonly actor: string
  readonly agentActor: string
}

interface Moment {
  readonly value: unknown
  readonly context: Readonly<Record<string, unknown>>
}

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-export-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function doneTask({ gateway }: Reader): Promise<Task> {
  const { rows } = await gateway.get<Rows<Task>>('/tasks?status=completed&limit=1')
  const [task] = rows
  if (!task) throw new Error('the job left no task that is done')
  return gateway.get<Task>(`/tasks/${task.id}`)
}

const exported = async ({ stage }: Reader, path: string): Promise<string> => {
  const answer = await fetch(`${stage.url}/v1${path}`)
  expect(answer.status).toBe(200)
  return answer.text()
}

/** Without any network, and with whatever it asks for or complains about written down. */
async function openOffline(context: BrowserContext, url: string): Promise<{ readonly page: Page; readonly said: readonly string[] }> {
  onTestFinished(() => context.close())
  context.setDefaultTimeout(waitMsMax)
  await context.setOffline(true)
  const page = await context.newPage()
  const said: string[] = []
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url) said.push(`asked for ${request.url()}`)
  })
  page.on('console', (line) => said.push(`${line.type()}: ${line.text()}`))
  page.on('pageerror', (error) => said.push(error.stack ?? error.message))
  await page.goto(url)
  return { page, said }
}

/** The same link may have been pointed into the export by now. */
const linkTo = (actor: string): string => `a[href="${agentPath(actor)}"], a[href="#${agentPath(actor)}"]`

/** The innermost states of a value, by their paths. */
const leavesOf = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : Object.entries(value ?? {}).flatMap(([key, inside]) => {
        const below = leavesOf(inside)
        return below.length === 0 ? [key] : below.map((path) => `${key}.${path}`)
      })

const litIn = (page: Page): Promise<readonly string[]> =>
  page.locator('troupe-chart .state.active[data-id]').evaluateAll((states) => {
    const ids = states.map((state) => state.getAttribute('data-id') ?? '')
    return ids.filter((id) => !ids.some((other) => other.startsWith(`${id}.`)))
  })

test('a task that was exported opens from the disk without a network: its run, its actors, and each of their moments', async ({
  browser,
  reader,
}) => {
  const task = await doneTask(reader)
  const html = await exported(reader, `/tasks/${task.id}/export?as=html`)
  const file = join(await temporary(), 'run.html')
  await writeFile(file, html)
  console.log(`the page of a task is ${Math.round(html.length / 1_000)} kB`)
  expect(html.length).toBeLessThan(htmlBytesMax)
  const { page, said } = await openOffline(await browser.newContext({ viewport: { width: 1440, height: 900 } }), pathToFileURL(file).href)
  await page.locator('h1', { hasText: task.id }).waitFor()
  await page.locator('.export-banner', { hasText: `Export of task ${task.id}` }).waitFor()
  await page.locator('main svg[role=group]').first().waitFor() // its Gantt
  expect(await page.locator('.nothing.failed').allInnerTexts()).toEqual([])

  await page.locator(linkTo(task.agentActor)).first().click()
  await page.locator('troupe-chart .state.active').first().waitFor()
  for (const action of ['Send event', 'Hold', 'Fork from this moment'])
    expect(await page.getByRole('button', { name: action }).isDisabled(), action).toBe(true)
  const { turn: last } = await reader.gateway.get<{ readonly turn: number }>(actorPath(task.agentActor))
  for (const turn of [last - 1, last - 2, 3]) {
    await page.getByLabel('Turn', { exact: true }).fill(String(turn))
    await page.waitForURL((url) => url.hash.endsWith(`@${turn}`))
    const { value, context } = await reader.gateway.get<Moment>(`${actorPath(task.agentActor)}/moments/${turn}`)
    await page.locator('.side .diff').first().waitFor()
    await expect
      .poll(async () => (await litIn(page)).map((id) => id.split('.').slice(1).join('.')).toSorted(), { timeout: waitMsMax })
      .toEqual(leavesOf(value).toSorted())
    for (const name of Object.keys(context).slice(0, 3)) expect(await page.locator('.side').innerText()).toContain(name)
  }
  await page.getByRole('tab', { name: 'Sequence' }).click()
  await page.locator('.sequence .message').first().waitFor()
  await page.getByRole('tab', { name: 'Event log' }).click()
  await page.goBack() // to where the actor was opened
  await page.goBack()
  await page.locator('main svg[role=group]').first().waitFor()
  expect(said).toEqual([])
})

test('an address of an export leads into it, and what is not in it is said', async ({ browser, reader }) => {
  const task = await doneTask(reader)
  const file = join(await temporary(), 'run.html')
  await writeFile(file, await exported(reader, `/tasks/${task.id}/export?as=html`))
  const url = pathToFileURL(file).href
  const { page, said } = await openOffline(await browser.newContext(), url)
  await page.goto(`${url}#/agents/${task.agentActor}@2`)
  await page.locator('.past', { hasText: 'turn 2' }).waitFor()
  await page.goto(`${url}#/agents/main/task/never-was`)
  await page.locator('.nothing.failed', { hasText: 'TR_NOT_IN_EXPORT' }).waitFor()
  await page.goto(`${url}#/fleet`)
  await page.locator('.nothing.failed', { hasText: 'not in this export: /fleet' }).waitFor()
  expect(said).toEqual([])
})

test('an export breaks no rule of WCAG 2.2 AA, neither dark nor light, and is as wide as a screen of 320 pixels', async ({
  browser,
  reader,
}) => {
  const task = await doneTask(reader)
  const file = join(await temporary(), 'run.html')
  await writeFile(file, await exported(reader, `/tasks/${task.id}/export?as=html&turns=3`)) // something is left out
  const { page } = await openOffline(await browser.newContext({ reducedMotion: 'reduce' }), pathToFileURL(file).href)
  await page.locator('h1', { hasText: task.id }).waitFor()
  await page.locator('.export-banner summary').click()
  await page.locator('.export-banner li', { hasText: 'are left out' }).first().waitFor()
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await faultsOf(page), colorScheme).toEqual([])
  }
  await page.setViewportSize({ width: 320, height: 640 })
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
})

test('text of a run that looks like code is only text, in the page and in a file that is dropped onto another', async ({
  browser,
  reader,
}) => {
  const evil = '</script><script>globalThis.owned = 1</script><img src=x onerror="globalThis.owned = 1">'
  const id = 'evil-text'
  await reader.gateway.post('/tasks', {
    id,
    taskType: 'question',
    prompt: evil,
    root: '/docs',
    collection: 'docs',
    escalate: { always: true },
  })
  onTestFinished(() => reader.gateway.post(`/tasks/${id}/cancel`, { reason: 'the test has ended' }).then(() => {}))
  await expect.poll(async () => (await fetch(`${reader.stage.url}/v1/tasks/${id}`)).status, { timeout: waitMsMax }).toBe(200)
  const file = join(await temporary(), 'run.html')
  await writeFile(file, await exported(reader, `/tasks/${id}/export?as=html`))
  const { page, said } = await openOffline(await browser.newContext(), pathToFileURL(file).href)
  await page.locator('.page-lead', { hasText: 'globalThis.owned' }).waitFor()
  expect(await page.evaluate('globalThis.owned')).toBeUndefined()
  expect(said).toEqual([])

  const running = await reader.open('/tasks')
  await running.locator('table[aria-label=Tasks] tbody tr').first().waitFor()
  const dropped = await running.evaluateHandle(`(() => {
    const data = new DataTransfer()
    data.items.add(new File([${JSON.stringify(await exported(reader, `/tasks/${id}/export`))}], 'run.json'))
    return data
  })()`)
  await running.dispatchEvent('body', 'drop', { dataTransfer: dropped })
  await running.locator('.export-banner', { hasText: id }).waitFor()
  await running.locator('.page-lead', { hasText: 'globalThis.owned' }).waitFor()
  expect(await running.evaluate('globalThis.owned')).toBeUndefined()
})

test('a run is exported from its page, and a running inspector shows the file until it is closed', async ({ reader }) => {
  const task = await doneTask(reader)
  const page = await reader.open(`/tasks/${task.id}`)
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  const dialog = page.locator(`dialog[aria-label="Export task ${task.id}"]`)
  await dialog.getByLabel(/^JSON/).check()
  expect(await faultsOf(page)).toEqual([])
  const saving = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Export' }).click()
  const saved = await saving
  expect(saved.suggestedFilename()).toBe(`troupe-task-${task.id}.json`)
  const file = join(await temporary(), 'run.json')
  await saved.saveAs(file)

  const elsewhere = await reader.open('/fleet')
  await elsewhere.locator('table[aria-label=Workers] tbody tr').first().waitFor()
  await openFile(elsewhere, file)
  await elsewhere.locator('.export-banner', { hasText: task.id }).waitFor()
  await elsewhere.locator('h1', { hasText: task.id }).waitFor()
  const asked: string[] = []
  elsewhere.on('request', (request) => asked.push(request.url()))
  await elsewhere.getByRole('link', { name: 'Statechart' }).click()
  await elsewhere.locator('troupe-chart .state.active').first().waitFor()
  expect(asked.filter((url) => url.includes('/v1/'))).toEqual([])
  await elsewhere.getByRole('button', { name: 'Close the export' }).click()
  await elsewhere.locator('table[aria-label=Workers] tbody tr').first().waitFor()
  await elsewhere.locator('.live-line.live').waitFor()
})

test('a file that is no export is refused with what to do, and nothing else changes', async ({ reader }) => {
  const folder = await temporary()
  const task = await doneTask(reader)
  const good = await exported(reader, `/tasks/${task.id}/export?turns=1`)
  const wrong: readonly (readonly [string, string, string])[] = [
    ['foreign.json', '{"name":"x"}', 'TR_EXPORT_UNREADABLE'],
    ['cut.json', good.slice(0, good.length / 2), 'TR_EXPORT_UNREADABLE'],
    ['newer.json', good.replace('"version":1', '"version":9'), 'TR_EXPORT_VERSION_UNKNOWN'],
  ]
  const page = await reader.open('/tasks')
  await page.locator('table[aria-label=Tasks] tbody tr').first().waitFor()
  for (const [name, text, code] of wrong) {
    await writeFile(join(folder, name), text)
    await openFile(page, join(folder, name))
    const toast = page.locator('.toast.bad', { hasText: code })
    await toast.waitFor()
    expect(await toast.innerText()).toContain(name)
    await toast.getByRole('button', { name: 'Close' }).click()
  }
  expect(await page.locator('.export-banner').count()).toBe(0)
  expect(await readFile(join(folder, 'foreign.json'), 'utf8')).toBe('{"name":"x"}')
})

async function openFile(page: Page, file: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.locator('dialog.palette input').fill('open an export')
  const choosing = page.waitForEvent('filechooser')
  await page.locator('[role=option]', { hasText: 'Open an export' }).click()
  await (await choosing).setFiles(file)
}
