// The other end of layout-thread.ts.
import { parentPort } from 'node:worker_threads'
import { layoutChart } from './layout.ts'
import type { LayoutAnswer, LayoutRequest } from './layout-thread.ts'

parentPort?.on('message', ({ id, chart }: LayoutRequest) => {
  parentPort?.postMessage(answerTo(id, chart), [])
})

function answerTo(id: number, chart: LayoutRequest['chart']): LayoutAnswer {
  try {
    return { id, drawing: layoutChart(chart) }
  } catch (error) {
    return { id, fault: error instanceof Error ? error.message : String(error) }
  }
}
