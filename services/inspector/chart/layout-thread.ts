// Layout thread
// Lays charts out in a thread of its own: a large one takes seconds, in which a process that serves people must not stand still.
//
// One thread for all charts, one after the other; it ends with the process, or when it is closed.
import { Worker } from 'node:worker_threads'
import type { Chart } from '../../../runtime/statechart/index.ts'
import type { Drawing } from './drawing.ts'
import { LayoutStopped } from './errors.ts'

export interface LayoutThread {
  /** Throws `LayoutStopped` when the thread is closed, or ends before it has answered. */
  layout(chart: Chart): Promise<Drawing>
  close(): Promise<void>
}

export interface LayoutRequest {
  readonly id: number
  readonly chart: Chart
}

export type LayoutAnswer = { readonly id: number } & ({ readonly drawing: Drawing } | { readonly fault: string })

export function startLayoutThread(): LayoutThread {
  const waiting = new Map<number, { readonly machine: string; readonly settle: PromiseWithResolvers<Drawing> }>()
  const worker = new Worker(new URL('./layout-worker.ts', import.meta.url))
  let last = 0
  let ended: string | undefined

  const stop = (why: string): void => {
    ended ??= why
    for (const { machine, settle } of waiting.values()) settle.reject(stopped(machine, why))
    waiting.clear()
  }
  worker.on('message', (answer: LayoutAnswer) => {
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (!asked) return
    if ('drawing' in answer) asked.settle.resolve(answer.drawing)
    else asked.settle.reject(stopped(asked.machine, answer.fault))
  })
  worker.on('error', (error: Error) => stop(error.message))
  worker.on('exit', () => stop('its thread has ended'))
  worker.unref() // after the listeners: to listen holds the process again

  return {
    layout(chart) {
      if (ended !== undefined) return Promise.reject(stopped(chart.id, ended))
      const settle = Promise.withResolvers<Drawing>()
      waiting.set(++last, { machine: chart.id, settle })
      worker.postMessage({ id: last, chart } satisfies LayoutRequest, [])
      return settle.promise
    },
    async close() {
      stop('it was closed')
      await worker.terminate()
    },
  }
}

const stopped = (machine: string, why: string): LayoutStopped =>
  new LayoutStopped(`Laying out the chart of machine '${machine}': ${why}; ask again, and if it stays so, start the process again.`)
