// Every page loads without a complaint of the browser and shows what the API says.
import { describe, expect } from 'vitest'
import { actorPath, type Rows } from './gateway.ts'
import { endedAgent, openView, test, viewNames } from './reader.ts'

describe.each(viewNames)('the address of %s', (name) => {
  test('opens that view, with its name as heading and title, and nothing that failed', async ({ reader }) => {
    const { page, view } = await openView(reader, name)
    expect(await page.locator('main h1:not(.visually-hidden)').first().innerText()).toContain(view.heading)
    await expect.poll(() => page.title()).toMatch(/ · Troupe$/)
    expect(await page.locator('.nothing.failed').allInnerTexts()).toEqual([])
    expect(new URL(page.url()).pathname).toBe(new URL(view.path, reader.stage.url).pathname)
  })
})

const cells = (table: string): string => `table[aria-label="${table}"] tbody tr`

test('the fleet has every worker of the API, and says that it is live', async ({ reader }) => {
  const { page } = await openView(reader, 'fleet')
  const { workers } = await reader.gateway.get<{ readonly workers: readonly { readonly id: string }[] }>('/fleet')
  expect(workers.length).toBeGreaterThan(1)
  await expect.poll(() => page.locator(`${cells('Workers')} td:first-child`).allInnerTexts()).toEqual(workers.map(({ id }) => id))
  await page.locator('.live-line.live').waitFor()
})

test('the list of actors has those of the API, and a filter in the address leaves the others out', async ({ reader }) => {
  const { page } = await openView(reader, 'agents')
  const { rows } = await reader.gateway.get<Rows<{ readonly actor: string }>>('/actors?type=task&limit=100')
  const shown = async () => {
    const names = page.locator(`${cells('Actors')} td:first-child [title]`)
    return new Set(await names.evaluateAll((found) => found.map((one) => one.getAttribute('title'))))
  }
  await page.goto(`${reader.stage.url}/agents?type=task`)
  await expect.poll(shown).toEqual(new Set(rows.map(({ actor }) => actor)))
})

test('an agent shows state, turn and machine of the API, its active states lit', async ({ reader }) => {
  const { page } = await openView(reader, 'agent')
  const { actor, turn } = await endedAgent(reader)
  const now = await reader.gateway.get<{ readonly value: string; readonly machine: { readonly version: string } }>(actorPath(actor))
  expect(await page.locator('.agent-header .badge').first().innerText()).toBe('done')
  expect(await page.locator('.agent-header dd').allInnerTexts()).toContain(String(turn))
  await page.locator('troupe-chart .state.active').first().waitFor()
  expect(await page.locator('.agent-state').innerText()).toBe(now.value)
})

test('a task shows its prompt, its answer and the actors that took part', async ({ reader }) => {
  const { page, view } = await openView(reader, 'task')
  const task = await reader.gateway.get<{ readonly prompt: string; readonly answer: string; readonly agentActor: string }>(view.path)
  const text = await page.locator('main').innerText()
  expect(text).toContain(task.prompt)
  expect(text.replaceAll(/\s+/g, ' ')).toContain(task.answer.replaceAll(/\s+/g, ' ').slice(0, 60))
})

test('the list of tasks has those of the API, what waits for a person first', async ({ reader }) => {
  const { page } = await openView(reader, 'tasks')
  const { rows } = await reader.gateway.get<Rows<{ readonly id: string }>>('/tasks?limit=50')
  await page.locator('section[aria-label="Waiting for a person"]').waitFor()
  const shown = await page.locator(cells('Tasks')).allInnerTexts()
  expect(rows.filter(({ id }) => !shown.some((row) => row.includes(id.slice(-8))))).toEqual([])
})

test('the coordinator has the decisions of the API, and one of them every candidate', async ({ reader }) => {
  const { page } = await openView(reader, 'coordinator')
  const { rows } = await reader.gateway.get<Rows<{ readonly id: string; readonly arm: string }>>('/decisions?limit=25')
  expect(await page.locator(cells('Decisions')).count()).toBe(rows.length)
  await page
    .locator(`${cells('Decisions')} a`)
    .first()
    .click()
  const { arm, id } = rows[0] ?? { arm: '', id: '' }
  await page.locator('h1', { hasText: `Why ${arm}` }).waitFor()
  const { candidates } = await reader.gateway.get<{ readonly candidates: readonly unknown[] }>(`/decisions/${id}`)
  await expect.poll(() => page.locator('table.candidates').first().locator('tbody tr').count()).toBeGreaterThanOrEqual(candidates.length)
})

test('dead letters are counted by cause, and one says what was in it and why it died', async ({ reader }) => {
  const { page } = await openView(reader, 'dead-letters')
  const { rows } = await reader.gateway.get<Rows<{ readonly open: number; readonly code: string }>>('/dead-letters/groups')
  const waiting = rows.reduce((sum, { open }) => sum + open, 0)
  await page.locator('.page-head', { hasText: `${waiting} waiting` }).waitFor()
  await page.locator(cells('Causes')).first().click()
  await page.locator('pre[aria-label="What was in it"]', { hasText: 'task.unheardOf' }).waitFor()
  await page.locator('pre[aria-label="Why it died"]', { hasText: rows[0]?.code ?? '' }).waitFor()
})

test('alerts are those of the API, and the sidebar counts them', async ({ reader }) => {
  const { page } = await openView(reader, 'alerts')
  const { rows } = await reader.gateway.get<Rows<{ readonly title: string }>>('/alerts')
  const shown = await page.locator(`${cells('Alerts')} td:first-child`).allInnerTexts()
  expect(shown).toEqual(expect.arrayContaining(rows.map(({ title }) => title))) // what ended is listed below it
  await page.locator('.sidebar a[href="/alerts"] .nav-count', { hasText: String(rows.length) }).waitFor()
})

test('an address that means nothing says so, and one of an actor that never was says that too', async ({ reader }) => {
  const page = await reader.open('/fleet')
  await page.evaluate<void>("history.pushState(null, '', '/nowhere'); dispatchEvent(new PopStateEvent('popstate'))")
  await page.getByText('There is no such page').waitFor()
  await page.goto(`${reader.stage.url}/agents/main/task/never-was`)
  await page.locator('.nothing.failed', { hasText: 'never-was' }).waitFor()
  reader.forgive(/404 .*never-was/)
})
