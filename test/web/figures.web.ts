// The pictures of the page in docs/figures, made anew with TROUPE_SCREENSHOTS=1.
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { openView, test, viewNames } from './reader.ts'

const bytesMax = 250_000
const themes = ['dark', 'light'] as const
const folder = fileURLToPath(new URL('../../docs/figures/', import.meta.url))

describe.runIf(process.env['TROUPE_SCREENSHOTS'])('the picture of', () => {
  describe.each(viewNames)('%s', (name) => {
    test.for(themes)('in the %s theme is small', async (theme, { reader }) => {
      const { page } = await openView(reader, name, { theme, calm: true })
      await page.waitForLoadState('networkidle')
      const path = `${folder}inspector-${name}-${theme}.png`
      await page.screenshot({ path, animations: 'disabled' })
      expect(statSync(path).size).toBeLessThan(bytesMax)
    })
  })
})
