// Dead letters in the hands of an operator: tried, edited and sent again, one and a group; what became of them is asked of the API.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { connectNats } from '../../runtime/nats/index.ts'
import { actorPath, type Rows } from './gateway.ts'
import { makeSchedule, test, type Reader } from './reader.ts'

const pollMs = { timeout: 30_000 }

interface Letter {
  readonly id: string
  readonly group: string
  readonly actor: string
  readonly redriven?: boolean
}

/** As many that a schedule cannot take, past the gateway's own check. */
async function makeLetters({ stage, gateway }: Reader, actor: string, events: readonly object[]): Promise<readonly Letter[]> {
  const connection = await connectNats({ servers: stage.nats, name: 'test:web' })
  for (const event of events) connection.publish(`troupe.send.${actor.replaceAll('/', '.')}`, JSON.stringify(event))
  await connection.drain()
  const found = async (): Promise<readonly Letter[]> =>
    (await gateway.get<Rows<Letter>>('/dead-letters?limit=100')).rows.filter((letter) => letter.actor === actor)
  await expect.poll(async () => (await found()).length, pollMs).toBe(events.length)
  return found()
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

const letterOf = ({ gateway }: Reader, id: string) => gateway.get<{ readonly redrives: readonly unknown[] }>(`/dead-letters/${id}`)

test('a letter is tried, fails again as the dry run says, is edited, and then does what it was meant to', async ({ reader }) => {
  const actor = await makeSchedule(reader, 'misspelt')
  const [letter] = await makeLetters(reader, actor, [{ type: 'schedule.pawse' }])
  const page = await reader.open(`/dead-letters/${letter?.id}`)
  await page.locator('pre[aria-label="What was in it"]', { hasText: 'schedule.pawse' }).waitFor()
  await button(page, 'Dry run').click()
  await page.locator('.notice[role=status]', { hasText: /would fail again|nothing would change/ }).waitFor()
  await button(page, 'Edit').click()
  await page.getByLabel('The event that is sent in its place').fill('{"type": "schedule.pause"}')
  await button(page, 'Dry run').click()
  await page.locator('.notice.good[role=status]', { hasText: 'paused' }).waitFor()
  expect(await reader.gateway.get(actorPath(actor))).toMatchObject({ value: { set: 'waiting' } }) // it was only tried
  expect(await letterOf(reader, letter?.id ?? '')).toMatchObject({ redrives: [] })
  await button(page, 'Redrive edited').click()
  await page.locator('.toast', { hasText: 'Sent again' }).waitFor()
  await expect.poll(() => reader.gateway.get(actorPath(actor)), pollMs).toMatchObject({ value: { set: 'paused' } })
  await expect.poll(async () => (await letterOf(reader, letter?.id ?? '')).redrives.length, pollMs).toBe(1)
  await page.locator('.pairs', { hasText: 'sent again' }).waitFor()
})

test('a group is sent again, not faster than was said, and none of it waits any more', async ({ reader }) => {
  const many = 12
  const actor = await makeSchedule(reader, 'mistaken')
  const letters = await makeLetters(
    reader,
    actor,
    Array.from({ length: many }, (_, n) => ({ type: 'schedule.mistaken', n })),
  )
  const { group = '' } = letters[0] ?? {}
  const page = await reader.open(`/dead-letters?group=${encodeURIComponent(group)}`)
  await button(page, 'Redrive group…').click()
  const dialog = page.locator('dialog[aria-label="Redrive the group"]')
  await dialog.getByLabel('In a second at most').fill('4')
  const from = Date.now()
  await dialog.getByRole('button', { name: 'Redrive', exact: true }).click()
  await dialog.locator('[role=status]', { hasText: `${many} of ${many} sent; done` }).waitFor({ timeout: 30_000 })
  expect(Date.now() - from).toBeGreaterThan(1_000) // twelve, four a second
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
  const sent = await Promise.all(letters.map(({ id }) => letterOf(reader, id)))
  expect(sent.map(({ redrives }) => redrives.length)).toEqual(letters.map(() => 1))
  const again = async () => (await reader.gateway.get<Rows<Letter>>('/dead-letters?limit=100')).rows.filter((one) => one.actor === actor)
  await expect.poll(async () => (await again()).length, pollMs).toBe(2 * many) // they are as mistaken as before
})
