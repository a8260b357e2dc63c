// The page of an actor in the hands of somebody who debugs: found and forked by keys alone, held, stepped, sent events; and its past stands still.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { actorPath } from './gateway.ts'
import { makeSchedule, pausedAt, test, type Reader } from './reader.ts'

interface Now {
  readonly turn: number
  readonly value: unknown
  readonly hold?: { readonly held: boolean }
  readonly waiting?: readonly unknown[]
}

const pollMs = { timeout: 20_000 }
const nowOf = (reader: Reader, actor: string): Promise<Now> => reader.gateway.get<Now>(actorPath(actor))
const send = (reader: Reader, actor: string, type: string): Promise<unknown> =>
  reader.gateway.post(`${actorPath(actor)}/events`, { event: { type } })

async function openActor(reader: Reader, key: string, turn?: number): Promise<{ readonly page: Page; readonly actor: string }> {
  const actor = await makeSchedule(reader, key)
  const page = await reader.open(`/agents/${actor}${turn === undefined ? '' : `@${turn}`}`)
  await page.locator('troupe-chart .state.active').first().waitFor()
  return { page, actor }
}

const stateShown = (page: Page): Promise<string> => page.locator('.agent-state').innerText()
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.locator('dialog.palette input:focus').waitFor()
}

/** With the Tab key, as somebody without a mouse gets there. */
async function tabTo(page: Page, name: string): Promise<void> {
  const tabsMax = 80
  const focused = "(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim()"
  for (let n = 0; n < tabsMax; n++) {
    if ((await page.evaluate<string>(focused)) === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${tabsMax} presses of Tab did not lead to '${name}'`)
}

test('with keys alone: an agent is found, opened, followed back, forked there, left for what is live, and sent an event', async ({
  reader,
}) => {
  const actor = await makeSchedule(reader, 'by-keys')
  const page = await reader.open('/fleet')
  await page.locator('h1').first().waitFor()
  await openPalette(page)
  await page.keyboard.type('by-keys')
  await page.locator('[role=option][aria-selected=true]', { hasText: actor }).waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/agents/${actor}`)
  await page.locator('troupe-chart .state.active').first().waitFor()
  await expect.poll(() => page.locator('input[aria-label=Turn]').getAttribute('aria-valuetext'), pollMs).toBe(`live, turn ${pausedAt + 2}`)
  await tabTo(page, 'Turn')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await page.waitForURL(`**/agents/${actor}@${pausedAt}`)
  await expect.poll(() => stateShown(page), pollMs).toBe('paused')
  await openPalette(page)
  await page.keyboard.type('fork from')
  await page.locator('[role=option][aria-selected=true]', { hasText: `Fork from turn ${pausedAt}` }).waitFor()
  await page.keyboard.press('Enter')
  await page.locator(`dialog[aria-label="Fork from turn ${pausedAt}"]`).waitFor()
  await tabTo(page, 'Fork')
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.pathname.startsWith('/agents/main/schedule/') && !url.pathname.includes(`${actor}@`))
  const fork = decodeURIComponent(new URL(page.url()).pathname.slice('/agents/'.length))
  expect(await nowOf(reader, fork)).toMatchObject({ value: { set: 'paused' }, hold: { held: true } })
  await page.locator('.timeline svg[role=img]').waitFor() // its history comes after it
  reader.forgive(/~fork-1\/history/)
  await page.goBack()
  await page.waitForURL(`**/agents/${actor}@${pausedAt}`)
  await button(page, 'Return to live').waitFor()
  await tabTo(page, 'Return to live')
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/agents/${actor}`)
  await expect.poll(() => stateShown(page), pollMs).toBe('waiting')
  await tabTo(page, 'Send event')
  await page.keyboard.press('Enter')
  const dialog = page.locator('dialog[aria-label="Send an event"]')
  await dialog.locator('select').first().focus()
  await page.keyboard.type('schedule.pause') // a list is gone through by the beginnings of its words
  await tabTo(page, 'Dry run')
  await page.keyboard.press('Enter')
  await dialog.locator('.would', { hasText: 'set.paused' }).waitFor()
  await tabTo(page, 'Send')
  await page.keyboard.press('Enter')
  await expect.poll(() => stateShown(page), pollMs).toBe('paused')
  expect(await nowOf(reader, actor)).toMatchObject({ value: { set: 'paused' } })
})

test('who holds an actor sees what waits, lets one message through, and releases it', async ({ reader }) => {
  const { page, actor } = await openActor(reader, 'held')
  await button(page, 'Hold').click()
  await page.locator('.agent-header .badge', { hasText: 'held by' }).waitFor()
  for (const type of ['schedule.pause', 'schedule.resume']) await send(reader, actor, type)
  await page.getByRole('tab', { name: /^Mailbox/ }).click()
  await expect.poll(async () => (await nowOf(reader, actor)).waiting?.length, pollMs).toBe(2)
  expect(await nowOf(reader, actor)).toMatchObject({ value: { set: 'waiting' }, hold: { held: true } })
  await button(page, 'Step').click()
  await expect.poll(() => stateShown(page), pollMs).toBe('paused')
  await expect.poll(() => page.locator('.side .messages li').allInnerTexts(), pollMs).toEqual([expect.stringContaining('schedule.resume')])
  expect(await nowOf(reader, actor)).toMatchObject({ value: { set: 'paused' }, hold: { held: true } })
  await button(page, 'Release').click()
  await expect.poll(() => stateShown(page), pollMs).toBe('waiting')
  await button(page, 'Hold').waitFor()
  const released = await nowOf(reader, actor)
  expect(released).toMatchObject({ value: { set: 'waiting' }, waiting: [] })
  expect(released.hold?.held ?? false).toBe(false)
})

test('an event can be sent only after a dry run of exactly that text, which commits nothing', async ({ reader }) => {
  const { page, actor } = await openActor(reader, 'sent-to')
  const { turn } = await nowOf(reader, actor)
  await button(page, 'Send event').click()
  const dialog = page.locator('dialog[aria-label="Send an event"]')
  const sendButton = dialog.getByRole('button', { name: 'Send', exact: true })
  await dialog.getByLabel('Event').selectOption('schedule.pause')
  expect(await sendButton.isDisabled()).toBe(true)
  await dialog.getByRole('button', { name: 'Dry run' }).click()
  await dialog.locator('.would', { hasText: 'It would work' }).waitFor()
  expect(await dialog.locator('.would').innerText()).toContain('set.waiting → set.paused')
  expect(await nowOf(reader, actor)).toMatchObject({ turn, value: { set: 'waiting' } })
  await dialog.getByRole('button', { name: 'JSON' }).click()
  await dialog.getByLabel('As JSON').fill('{"type": "schedule.pause", "why": "another text"}')
  expect(await sendButton.isDisabled()).toBe(true)
  await dialog.getByRole('button', { name: 'Dry run' }).click()
  await dialog.locator('.would', { hasText: 'It would work' }).waitFor()
  await sendButton.click()
  await dialog.waitFor({ state: 'detached' })
  await expect.poll(() => stateShown(page), pollMs).toBe('paused')
  expect(await nowOf(reader, actor)).toMatchObject({ turn: turn + 1, value: { set: 'paused' } })
})

test('an event that is not accepted is refused with its code and the events that are', async ({ reader }) => {
  const { page, actor } = await openActor(reader, 'refusing')
  const { turn } = await nowOf(reader, actor)
  await button(page, 'Send event').click()
  const dialog = page.locator('dialog[aria-label="Send an event"]')
  await dialog.getByRole('button', { name: 'JSON' }).click()
  await dialog.getByLabel('As JSON').fill('{"type": "schedule.explode"}')
  await dialog.getByRole('button', { name: 'Dry run' }).click()
  const refusal = dialog.locator('.fault', { hasText: 'It would be refused' })
  await refusal.waitFor()
  expect(await refusal.innerText()).toMatch(/TR_EVENT_NOT_ACCEPTED.*schedule\.pause/s)
  await dialog.getByLabel('As JSON').fill('{"type": ')
  expect(await dialog.getByRole('button', { name: 'Dry run' }).isDisabled()).toBe(true)
  expect(await nowOf(reader, actor)).toMatchObject({ turn })
})

test('a turn that arrives moves who looks at what is live, and not who looks at the past', async ({ reader }) => {
  const { page, actor } = await openActor(reader, 'watched', pausedAt + 1)
  const live = await reader.open(`/agents/${actor}`)
  await live.locator('troupe-chart .state.active').first().waitFor()
  await Promise.all([page, live].map((one) => one.locator('.live-line.live').waitFor()))
  await page.getByRole('tab', { name: /^Event log/ }).click()
  const shownOf = async () => ({
    url: page.url(),
    state: await stateShown(page),
    turn: await page.locator('input[aria-label=Turn]').inputValue(),
    lit: await page.locator('troupe-chart .state.active').evaluateAll((all) => all.map((one) => one.getAttribute('data-id'))),
  })
  await page.locator('.past', { hasText: `turn ${pausedAt + 1}` }).waitFor()
  await page.locator('.side h2', { hasText: `Event at turn ${pausedAt + 1}` }).waitFor()
  const before = await shownOf()
  await send(reader, actor, 'schedule.pause')
  await expect.poll(() => stateShown(live), pollMs).toBe('paused')
  await page.locator('.log-row', { hasText: 'schedule.pause' }).nth(1).waitFor() // it has arrived here too
  expect(await shownOf()).toEqual(before)
  await button(page, 'Return to live').click()
  await expect.poll(() => stateShown(page), pollMs).toBe('paused')
})

test('a chosen moment is told: its event, its transition, what it changed; and its address shows the same to somebody else', async ({
  reader,
}) => {
  const { page, actor } = await openActor(reader, 'told')
  await page.getByRole('tab', { name: /^Event log/ }).click()
  await page.locator('.log-row', { hasText: 'schedule.pause' }).first().click()
  await page.waitForURL(`**/agents/${actor}@${pausedAt}`)
  const other = await reader.open(new URL(page.url()).pathname)
  for (const one of [page, other]) {
    await one.locator('.side h2', { hasText: `Event at turn ${pausedAt}` }).waitFor()
    await one.locator('.side .reasons', { hasText: 'waiting → paused' }).waitFor()
    await one.locator('troupe-chart .edge.taken').first().waitFor({ state: 'attached' })
    await expect.poll(() => stateShown(one), pollMs).toBe('paused')
  }
})

test('a breakpoint set on a state stops the actor there, and the page says so', async ({ reader }) => {
  const { page, actor } = await openActor(reader, 'stopping')
  await page.getByRole('tab', { name: /^Mailbox/ }).click()
  await page.getByLabel('Stop at', { exact: true }).selectOption('event')
  await page.getByLabel('Its id, type or name').fill('schedule.pause')
  await button(page, 'Stop there').click()
  await page.locator('.breakpoints li', { hasText: 'schedule.pause' }).waitFor()
  await send(reader, actor, 'schedule.pause')
  await page.locator('.agent-header .badge', { hasText: 'stopped at' }).waitFor()
  expect(await nowOf(reader, actor)).toMatchObject({ value: { set: 'waiting' }, hold: { held: true } })
  await button(page, 'Step').click()
  await expect.poll(() => stateShown(page), pollMs).toBe('paused')
})
