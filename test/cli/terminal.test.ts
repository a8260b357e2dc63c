import { afterEach, expect, test, vi } from 'vitest'
import { JobTerminal } from '../../services/cli/job/terminal.ts'
import { plainPaint } from '../../services/cli/job/text.ts'
import { jobTask, result } from './job-events.ts'

afterEach(() => void vi.useRealTimers())

function terminal(stream: { readonly isTTY: boolean; readonly columns: number }) {
  let text = ''
  const job = new JobTerminal(
    { ...stream, rows: 24, write: (part: string) => (text += part) },
    { plain: false, startedAt: 0, paint: plainPaint },
  )
  job.tell({ kind: 'planned', tasks: [jobTask(1)] })
  return { job, text: () => text }
}

test('a board is drawn again in place, and leaves nothing behind but the lines above it', () => {
  vi.useFakeTimers()
  const { job, text } = terminal({ isTTY: true, columns: 100 })
  job.tell({ kind: 'submitted', taskId: 'run-01', at: 0 })
  job.open()
  vi.advanceTimersByTime(250)
  expect(text().split('\x1b[2A\r')).toHaveLength(2)
  job.tell({ kind: 'ended', result: result(jobTask(1)), at: 1_000 })
  job.close()
  expect(text()).toMatch(/✓.*01 question.*\n/)
  expect(text().endsWith('\x1b[1A\r\x1b[J\x1b[?25h')).toBe(true)
})

test('what is no terminal, or too narrow a one, gets plain lines', () => {
  for (const stream of [
    { isTTY: false, columns: 100 },
    { isTTY: true, columns: 40 },
  ]) {
    const { job, text } = terminal(stream)
    job.open()
    job.note('hello')
    job.close()
    expect(text()).toMatch(/hello\n$/)
    expect(text()).not.toContain('\x1b[?25l')
  }
})
