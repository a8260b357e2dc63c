// A chart in one of the formats of `troupe chart`.
import type { Chart } from '../../../runtime/statechart/index.ts'
import { layoutChart } from '../../inspector/chart/layout.ts'
import { mermaidOf } from '../../inspector/chart/mermaid.ts'
import { svgOf } from '../../inspector/chart/svg.ts'
import type { Theme } from '../../inspector/chart/svg-style.ts'

export function drawn(chart: Chart, format: 'svg' | 'mermaid' | 'json', theme: Theme): string {
  switch (format) {
    case 'svg':
      return svgOf(layoutChart(chart), theme)
    case 'mermaid':
      return mermaidOf(chart)
    case 'json':
      return `${JSON.stringify(chart, undefined, 2)}\n`
  }
}
