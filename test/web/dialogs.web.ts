// Every dialog and what opens beside a view keeps to the rules of WCAG 2.2 AA, in both themes; Escape closes a dialog and gives the focus back.
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { checkThemes } from './faults.ts'
import { makeSchedule, openView, pausedAt, test } from './reader.ts'

const manyMs = 120_000
const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) }).first()

/** Opened, looked at, closed by a key. */
async function checkDialog(page: Page, opener: string | RegExp, title: string | RegExp): Promise<void> {
  await button(page, opener).click()
  const dialog = page.getByRole('dialog', { name: title })
  await dialog.waitFor()
  await checkThemes(page, String(title))
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  const focused = await page.evaluate<string>(
    "(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim()",
  )
  if (typeof opener === 'string') expect(focused, `focus after ${String(title)}`).toBe(opener)
}

test('the dialogs of an agent', { timeout: manyMs }, async ({ reader }) => {
  const actor = await makeSchedule(reader, 'dialogs')
  const page = await reader.open(`/agents/${actor}@${pausedAt}`, { calm: true })
  await page.locator('troupe-chart .state.active').first().waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Go to or do' }).waitFor()
  await checkThemes(page, 'palette')
  await page.keyboard.press('Escape')
  await checkDialog(page, 'Fork from this moment', `Fork from turn ${pausedAt}`)
  await checkDialog(page, 'Send event', 'Send an event')
})

test('the tabs of an agent, held and with a breakpoint', { timeout: manyMs }, async ({ reader }) => {
  const actor = await makeSchedule(reader, 'tabs')
  const page = await reader.open(`/agents/${actor}`, { calm: true })
  await page.locator('troupe-chart .state.active').first().waitFor()
  await button(page, 'Hold').click()
  await page.locator('.agent-header .badge', { hasText: 'held by' }).waitFor()
  await page.getByRole('tab', { name: /^Mailbox/ }).click()
  await page.getByLabel('Its id, type or name').fill('schedule.pause')
  await button(page, 'Stop there').click()
  await page.locator('.breakpoints li', { hasText: 'schedule.pause' }).waitFor()
  for (const tab of await page.getByRole('tab').all()) {
    await tab.click()
    await page.waitForLoadState('networkidle')
    await checkThemes(page, await tab.innerText())
  }
  await button(page, 'Release').click()
  await button(page, 'Hold').waitFor()
  reader.forgive(/404 .*\/run$/) // it works for no task
})

test('the dialogs of tasks and approvals', { timeout: manyMs }, async ({ reader }) => {
  const { page } = await openView(reader, 'tasks', { calm: true })
  await checkDialog(page, 'New task', 'New task')
  const { page: task } = await openView(reader, 'approval', { calm: true })
  await checkDialog(task, 'Cancel task', /^Cancel task/)
  await button(task, 'Deny…').click()
  await task.getByLabel(/^Why not/).waitFor()
  await checkThemes(task, 'denying')
})

test('the dialogs of dead letters, and an edited letter', { timeout: manyMs }, async ({ reader }) => {
  const { page } = await openView(reader, 'dead-letters', { calm: true })
  await page.locator('table[aria-label=Causes] input[type=checkbox]').first().check()
  await checkDialog(page, /^Redrive (the )?group|^Redrive \d+/, /^Redrive/)
  const { page: letter } = await openView(reader, 'letter', { calm: true })
  await button(letter, 'Edit').click()
  await letter.locator('textarea').fill('{"type": ')
  await letter.locator('.fault').waitFor()
  await checkThemes(letter, 'an edit that is no JSON')
  await letter.locator('textarea').fill('{"type": "task.unheardOf"}')
  await button(letter, 'Dry run').click()
  await letter.locator('.notice[role=status]').waitFor()
  await checkThemes(letter, 'a dry run')
})

test('the dialog that drains a worker', { timeout: manyMs }, async ({ reader }) => {
  const { page } = await openView(reader, 'fleet', { calm: true })
  await checkDialog(page, /^Drain /, /^Drain /)
})

test('the dialogs of alerts: muting one, and setting a rule', { timeout: manyMs }, async ({ reader }) => {
  const { page } = await openView(reader, 'alerts', { calm: true })
  await page.locator('table[aria-label="Rules of alerts"] tbody tr').first().waitFor()
  await checkDialog(page, /^Mute /, /^Mute/)
  await checkDialog(page, /^Set /, /./)
})
