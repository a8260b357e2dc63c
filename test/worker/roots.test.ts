import { mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { Roots } from '../../services/worker/roots.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a worker reads its allowed folders and what is below them, and nothing a path or a link leads to outside', async () => {
  const base = await temporaryFolder()
  for (const folder of ['docs/deep', 'more', 'secret']) mkdirSync(join(base, folder), { recursive: true })
  symlinkSync(join(base, 'secret'), join(base, 'docs/link'))
  const roots = new Roots([join(base, 'docs'), join(base, 'more')].join(delimiter))
  for (const allowed of ['docs', 'docs/deep', 'more']) expect(() => roots.check(join(base, allowed))).not.toThrow()
  for (const refused of ['', 'secret', 'docs/../secret', 'docs/link', 'docsx', 'nowhere'])
    expect(() => roots.check(join(base, refused))).toThrow(expect.objectContaining({ code: 'TR_FOLDER_REFUSED' }))
})
