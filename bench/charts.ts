// How long it takes to lay a chart out, and how large the drawing is, by the number of its states: `node bench/charts.ts`.
import { gzipSync } from 'node:zlib'
import { chartOf } from '../runtime/statechart/index.ts'
import { treeOf } from '../services/inspector/chart/chart-tree.ts'
import { drawingFaults } from '../services/inspector/chart/geometry.ts'
import { layoutChart } from '../services/inspector/chart/layout.ts'
import { svgOf } from '../services/inspector/chart/svg.ts'
import { generatedMachine } from '../test/support/generated-machine.ts'

const sizes = [15, 100, 300, 1_000]
const seeds = [1, 2, 3, 4, 5]

layoutChart(chartOf(generatedMachine(9, 60))) // so that the code is warm
console.log('states\tprocessor ms (median)\tdrawing, kB gz\tSVG, kB gz\tfallbacks\tfaults')
for (const size of sizes) {
  const runs = seeds.map((seed) => {
    const chart = chartOf(generatedMachine(seed, size))
    const started = process.cpuUsage()
    const drawing = layoutChart(chart)
    const { user, system } = process.cpuUsage(started)
    const ms = (user + system) / 1_000 // of processors: whatever else runs here
    const kB = (text: string): number => gzipSync(text).length / 1_000
    return {
      states: treeOf(chart).places.size,
      ms,
      drawing: kB(JSON.stringify(drawing)),
      svg: kB(svgOf(drawing)),
      fallbacks: drawing.fallbacks,
      faults: drawingFaults(drawing).length,
    }
  })
  const median = (of: (run: (typeof runs)[number]) => number): number =>
    runs.map(of).toSorted((one, other) => one - other)[Math.floor(runs.length / 2)] ?? 0
  const sum = (of: (run: (typeof runs)[number]) => number): number => runs.reduce((total, run) => total + of(run), 0)
  const row = [
    median((run) => run.states),
    Math.round(median((run) => run.ms)),
    median((run) => run.drawing).toFixed(1),
    median((run) => run.svg).toFixed(1),
  ]
  console.log([...row, sum((run) => run.fallbacks), sum((run) => run.faults)].join('\t'))
}
