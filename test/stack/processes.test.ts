import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startProcess, type ProcessOptions } from '../../services/stack/processes.ts'
import { isRunning, runParent, temporaryFolder, untilGone } from './support.ts'

const stubborn = fileURLToPath(new URL('stubborn.ts', import.meta.url))

async function processOf(options: Partial<ProcessOptions> = {}) {
  const lines: string[] = []
  const child = await startProcess({ name: 'worker-1', entry: stubborn, onLine: (line) => lines.push(line), ...options })
  onTestFinished(async () => void (await child.stop(0)))
  return {
    child,
    lines,
    said: (text: string) => vi.waitUntil(() => lines.some((line) => line.includes(text)), { timeout: 10_000, interval: 10 }),
  }
}

test('a process runs on our own Node, with its arguments, and what it prints arrives by the line', async () => {
  const { said } = await processOf({ args: ['--role', 'worker'] })
  await said(`here with --role worker, on ${process.version}`)
})

test('stop asks first and kills after the limit', async () => {
  const { child, lines, said } = await processOf()
  await said('here')
  expect(await child.stop(200)).toEqual({ asked: true, text: 'worker-1 ended by SIGKILL' })
  expect(lines).toContain('asked to end')
})

test('a process that ends by itself is told apart from one that was stopped', async () => {
  const { child, lines } = await processOf({ entry: `${temporaryFolder()}/nothing-here.ts` })
  expect(await child.exited).toEqual({ asked: false, text: 'worker-1 ended with code 1' })
  await vi.waitUntil(() => lines.some((line) => line.includes('nothing-here.ts')))
})

test('a process gets the environment it is given and no other', async () => {
  const { child } = await processOf({ env: { NODE_OPTIONS: '--no-such-option' } })
  expect((await child.exited).text).toBe('worker-1 ended with code 9')
})

test.runIf(process.platform === 'linux')('a killed parent leaves no process, even one that ignores SIGTERM', async () => {
  const parent = await runParent('parent-of-process.ts')
  const pid = Number(parent.line)
  expect(isRunning(pid)).toBe(true)
  parent.kill()
  await untilGone(pid)
})
