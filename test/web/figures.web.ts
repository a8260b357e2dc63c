// The pictures of the page in docs/figures, made anew with TROUPE_SCREENSHOTS=1.
import { statSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { startLoad } from './load.ts'
import { openView, test, viewNames, type Reader } from './reader.ts'

const bytesMax = 250_000
const themes = ['dark', 'light'] as const
const folder = fileURLToPath(new URL('../../docs/figures/', import.meta.url))
/** Until the lines of the fleet are lines. */
const busyMs = 100_000
const paces = [40, 90, 60, 130, 80]

async function photograph(page: Page, name: string): Promise<void> {
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme })
    const path = `${folder}inspector-${name}-${theme}.png`
    await page.screenshot({ path, animations: 'disabled' })
    expect(statSync(path).size, path).toBeLessThan(bytesMax)
  }
}

/** Now more, now less. */
async function busyFleet({ stage }: Reader): Promise<void> {
  for (const perSecond of paces) {
    const load = await startLoad(stage, { actors: 30, perSecond })
    await wait(busyMs / paces.length)
    await load.stop()
  }
}

describe.runIf(process.env['TROUPE_SCREENSHOTS'])('the pictures, dark and light, are small', () => {
  // What the fleet is made busy with would stand in the others.
  test.for(viewNames.toSorted((one, other) => Number(one === 'fleet') - Number(other === 'fleet')))(
    'of %s',
    { timeout: 2 * busyMs },
    async (name, { reader }) => {
      const { page } = await openView(reader, name, { calm: true })
      if (name === 'fleet') await busyFleet(reader)
      else await page.waitForLoadState('networkidle')
      await photograph(page, name)
    },
  )
})
