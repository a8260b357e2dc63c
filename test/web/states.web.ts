// What a view shows instead of what it is for: not yet there, nothing there, nobody there to ask, not allowed. Each by its own cause, in both themes.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { checkThemes } from './faults.ts'
import { actorPath } from './gateway.ts'
import { emptyGateway, guardedGateway, otherGateway } from './other-gateway.ts'
import { makeSchedule, test, viewsOf, type Reader } from './reader.ts'

const manyViewsMs = 180_000
const slowly = { timeout: 40_000 }
/** A view that cannot be left out without the others. */
const isNothing = '.nothing'

interface Key {
  readonly id: string
  readonly key: string
}

const keyOf = ({ gateway }: Reader, wish: object): Promise<Key> => gateway.post<Key>('/keys', wish)

/** As a click on a link does it: the page stays. */
const goTo = (page: Page, path: string): Promise<void> =>
  page.evaluate<void>(`history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`)

test('a view that waits for its answers says so, and breaks no rule of WCAG 2.2 AA', { timeout: manyViewsMs }, async ({ reader }) => {
  const views = await viewsOf(reader)
  const page = await reader.open('/alerts', { calm: true })
  await page.route('**/v1/**', () => {}) // a gateway that takes its time
  for (const { name, path } of views) {
    await page.goto(reader.stage.url + path)
    await page.locator('main .loading, main [aria-busy=true]').first().waitFor()
    await checkThemes(page, name)
  }
})

test('where nothing ever happened every list says so, and breaks no rule of WCAG 2.2 AA', { timeout: manyViewsMs }, async ({ reader }) => {
  const { url } = await emptyGateway(reader.stage)
  const page = await reader.open('/fleet', { url, calm: true })
  const words: Readonly<Record<string, RegExp>> = {
    fleet: /No worker is alive/,
    agents: /No actor/,
    tasks: /No task yet/,
    'dead-letters': /No dead letters/,
  }
  for (const [path, said] of Object.entries(words)) {
    await page.goto(`${url}/${path}`)
    await page.locator(isNothing, { hasText: said }).first().waitFor()
    expect(await page.locator(`${isNothing}.failed`).count(), path).toBe(0)
    await checkThemes(page, path)
  }
})

test('a tenant of whom nothing is known sees nothing of the others, and no fault', { timeout: manyViewsMs }, async ({ reader }) => {
  const { key } = await keyOf(reader, { name: 'newcomer', roles: ['viewer'], tenant: 'newcomer' })
  const { url } = await guardedGateway(reader.stage)
  const page = await reader.open('/alerts', { url, key, calm: true })
  const words: Readonly<Record<string, RegExp>> = {
    alerts: /Nothing to look at/,
    coordinator: /No decision/,
    tasks: /No task yet/,
    'dead-letters': /No dead letters/,
  }
  for (const [path, said] of Object.entries(words)) {
    await page.goto(`${url}/${path}`)
    await page.locator(isNothing, { hasText: said }).first().waitFor()
    expect(await page.locator('main').innerText(), path).not.toContain('main/')
    await checkThemes(page, path)
  }
  reader.forgive(/403/) // what is everybody's it may not see
})

test('a view whose gateway is gone says that, keeps to the rules, and goes on by itself', { timeout: manyViewsMs }, async ({ reader }) => {
  const gateway = await otherGateway(reader.stage)
  const views = await viewsOf(reader)
  const page = await reader.open('/alerts', { url: gateway.url, calm: true })
  for (const { path, drawn } of views) {
    await goTo(page, path) // its code is there from now on
    await page
      .locator(drawn[0] ?? 'main h1')
      .first()
      .waitFor()
  }
  await gateway.kill()
  await page.locator('.live-line.stale').waitFor(slowly)
  for (const { name, path } of views) {
    await goTo(page, path)
    await page.locator(`${isNothing}.failed`).first().waitFor()
    await checkThemes(page, name)
  }
  await gateway.start()
  const { path, drawn } = views.find(({ name }) => name === 'tasks') ?? { path: '/tasks', drawn: [] }
  await goTo(page, path)
  await page
    .locator(drawn[0] ?? 'main h1')
    .first()
    .waitFor(slowly)
  await page.locator('.live-line.live').waitFor(slowly)
  reader.forgive(/ERR_CONNECTION_|WebSocket connection|Failed to load resource/)
})

test('who is not known signs in; a key that is not good is asked for again', async ({ reader }) => {
  const { key } = await keyOf(reader, { name: 'web', roles: ['viewer'], tenant: '*' })
  const { url } = await guardedGateway(reader.stage)
  const page = await reader.open('/fleet', { url, calm: true })
  const field = page.getByLabel('Token or key')
  await field.waitFor()
  await checkThemes(page)
  await field.fill(`${key.slice(0, -4)}nope`)
  await page.keyboard.press('Enter')
  await expect.poll(() => field.inputValue().catch(() => undefined), slowly).toBe('') // asked anew
  await field.fill(key)
  await page.keyboard.press('Enter')
  await page.locator('table[aria-label=Workers] tbody tr').first().waitFor(slowly)
  await page.locator('.live-line.live').waitFor(slowly)
  reader.forgive(/401|WebSocket connection/)
})

test('who may only look is told what he may not do, and nothing of it happens', { timeout: manyViewsMs }, async ({ reader }) => {
  const { key } = await keyOf(reader, { name: 'looks', roles: ['viewer'], tenant: 'main' })
  const { url } = await guardedGateway(reader.stage)
  const actor = await makeSchedule(reader, 'only-looked-at')
  const page = await reader.open(`/agents/${actor}`, { url, key, calm: true })
  await page.locator('troupe-chart .state.active').first().waitFor()
  await page.getByRole('button', { name: 'Hold', exact: true }).click()
  await page.locator('.toast.bad', { hasText: 'TR_NOT_ALLOWED' }).waitFor()
  await checkThemes(page, 'agent')
  await page.goto(`${url}/fleet`) // everybody's, and this key is of one tenant
  await page.locator(`${isNothing}.failed`, { hasText: 'TR_NOT_ALLOWED' }).first().waitFor()
  await checkThemes(page, 'fleet')
  const { hold } = await reader.gateway.get<{ readonly hold?: { readonly held: boolean } }>(actorPath(actor))
  expect(hold?.held ?? false).toBe(false)
  const { rows } = await reader.gateway.get<{ readonly rows: readonly { readonly outcome: string; readonly target?: string }[] }>(
    '/audit?limit=50',
  )
  expect(rows).toContainEqual(expect.objectContaining({ outcome: 'denied', caller: expect.stringContaining('looks') }))
  reader.forgive(/403/)
})
