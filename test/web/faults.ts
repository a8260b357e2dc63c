// What a program can check of WCAG 2.2 AA, with axe.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** One line a fault: the rule, where, what is wrong. */
export async function faultsOf(page: Page, without: string[] = []): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(rules).disableRules(without).analyze()
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id} ${target.join(' ')}: ${failureSummary.split('\n')[1]?.trim()}`),
  )
}

/** The theme is the system's: it changes under the page. */
export async function checkThemes(page: Page, where = ''): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await faultsOf(page), `${where} ${colorScheme}`.trim()).toEqual([])
  }
}
