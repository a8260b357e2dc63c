import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'

const program = (body: string): string => `
  import { startWatchdog } from ${JSON.stringify(new URL('../../services/worker/watchdog.ts', import.meta.url).href)}
  const watchdog = startWatchdog({ blockedMsMax: 1_000 })
  setTimeout(() => {}, 60_000)
  ${body}
`

async function endOf(body: string): Promise<{ signal: string | null; code: number | null; said: string }> {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program(body)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (part: Buffer) => (said += part.toString()))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, said }
}

test('a process whose event loop is blocked is ended, and says why', async () => {
  const { signal, said } = await endOf('setTimeout(() => { for (;;); }, 300)')
  expect(signal).toBe('SIGKILL')
  expect(said).toContain('TR_WORKER_BLOCKED')
})

test('a process that is busy but answers lives, and the watchdog does not keep it alive', async () => {
  const busy =
    'const until = Date.now() + 2_500; const work = () => { const stop = Date.now() + 300; while (Date.now() < stop); if (Date.now() < until) setImmediate(work); else watchdog[Symbol.asyncDispose]().then(() => process.exit(7)) }; work()'
  expect(await endOf(busy)).toMatchObject({ code: 7, signal: null })
})
