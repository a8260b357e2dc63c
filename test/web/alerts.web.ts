// Alerts and the fleet as an operator uses them: a rule is set, what fires is muted, the mute is ended; and a fleet page that is full when it opens.
import { expect } from 'vitest'
import type { Rows } from './gateway.ts'
import { test } from './reader.ts'

interface Alert {
  readonly kind: string
  readonly muted?: { readonly reason: string }
}

test('a rule that is set fires, is muted with a reason that everybody reads, and the mute is ended', async ({ reader }) => {
  const page = await reader.open('/alerts')
  const rule = 'Messages wait long: p95 of the last minute'
  await page.getByRole('button', { name: `Set ${rule}` }).click()
  const setting = page.getByRole('dialog', { name: rule })
  await setting.getByLabel('Fires at this or more').fill('0.001')
  await setting.getByLabel('When it has lasted').fill('0')
  await setting.getByRole('button', { name: 'Set', exact: true }).click()
  await setting.waitFor({ state: 'detached' })
  const waits = async (): Promise<Alert | undefined> =>
    (await reader.gateway.get<Rows<Alert>>('/alerts')).rows.find(({ kind }) => kind === 'waiting-long') // asking is a message to the coordinator too
  await expect.poll(waits, { timeout: 20_000 }).toBeDefined()
  await page.getByRole('button', { name: /^Mute: Messages wait/ }).click()
  const muting = page.getByRole('dialog', { name: 'Mute' })
  await muting.getByLabel('Why').fill('a drill')
  await muting.getByRole('button', { name: 'Mute', exact: true }).click()
  const row = page.locator('table[aria-label=Alerts] tbody tr', { hasText: 'Messages wait' }).first()
  await row.locator('.badge', { hasText: 'muted' }).waitFor()
  await row.getByText('a drill').waitFor()
  expect((await waits())?.muted?.reason).toBe('a drill')
  await page.getByRole('button', { name: /^End the mute of waiting-long/ }).click()
  await page.locator('table[aria-label="What is muted"]').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: `Set ${rule}` }).click()
  await setting.getByRole('button', { name: 'As it was at first' }).click()
  await setting.waitFor({ state: 'detached' })
})

test('the fleet is full when it opens: what was before the page is drawn, and what changed is in words', async ({ reader }) => {
  const { rows } = await reader.gateway.get<Rows<{ readonly waitTimes: object }>>('/fleet/series?minutes=15')
  expect(rows.length).toBeGreaterThan(0)
  const page = await reader.open('/fleet')
  await page.getByRole('button', { name: '15 min' }).click()
  await page.locator('.heat-map rect').first().waitFor()
  const changed = (await reader.gateway.get<{ readonly marks: readonly { readonly text: string }[] }>('/fleet')).marks
  for (const { text } of changed.slice(-3))
    await page.locator('table[aria-label="What changed in the fleet"]').getByText(text).first().waitFor()
})
