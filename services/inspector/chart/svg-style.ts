// The look of a chart: colours as variables, light unless the reader prefers dark or the theme is set on the root, and what is drawn with which.
import { faces } from './measure.ts'

export type Theme = 'auto' | 'light' | 'dark'

const light = {
  paper: '#f6f7fa',
  frame: '#ffffff',
  'frame-deep': '#f3f5f9',
  box: '#ffffff',
  line: '#c9d0dd',
  edge: '#8a94a8',
  ink: '#1b2333',
  soft: '#4f5b70',
  pill: '#ffffff',
  active: '#0b7a55',
  error: '#c02b3c',
  time: '#946200',
  always: '#6d3fc4',
  accent: '#2f5fd0',
  'accent-soft': '#e4ecfd',
}

const dark: typeof light = {
  paper: '#0c0f16',
  frame: '#10141d',
  'frame-deep': '#141925',
  box: '#1a202d',
  line: '#2d3546',
  edge: '#6f7a90',
  ink: '#e8ecf4',
  soft: '#a3adbf',
  pill: '#131823',
  active: '#3ecf9a',
  error: '#ff7a85',
  time: '#f0b04d',
  always: '#b79bf7',
  accent: '#86aaff',
  'accent-soft': '#1d2b4d',
}

const variables = (colours: typeof light): string =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')

const sans = "Inter,'Inter Variable',system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
const mono = "'JetBrains Mono','JetBrains Mono Variable',ui-monospace,'SF Mono',Menlo,Consolas,monospace"

const rules = [
  `.t-chart{font-family:${sans};background:var(--paper)}`,
  '.t-chart .paper{fill:var(--paper)}',
  '.t-chart .box{fill:var(--box);stroke:var(--line);stroke-width:1.2}',
  '.t-chart .frame .box{fill:var(--frame)}',
  '.t-chart .frame.even .box{fill:var(--frame-deep)}',
  '.t-chart .region>.box{stroke-dasharray:4 3}',
  '.t-chart .inner{fill:none;stroke:var(--line);stroke-width:1.2}',
  '.t-chart .final>.box{stroke:var(--edge)}',
  '.t-chart .final>.inner{stroke:var(--edge)}',
  '.t-chart .dot{fill:var(--edge)}',
  '.t-chart .rule{stroke:var(--line);stroke-width:1}',
  `.t-chart .title{font-size:${faces.title.size}px;font-weight:600;fill:var(--ink)}`,
  `.t-chart .row{font-size:${faces.row.size}px;fill:var(--ink)}`,
  '.t-chart .quiet{fill:var(--soft)}',
  `.t-chart .said{font-family:${mono};font-size:${faces.label.size}px;fill:var(--ink)}`,
  '.t-chart .tag{fill:var(--accent-soft)}',
  `.t-chart .tagged{font-family:${mono};font-size:${faces.label.size}px;fill:var(--accent)}`,
  '.t-chart .icon{fill:none;stroke:var(--soft);stroke-width:1.25;stroke-linecap:round;stroke-linejoin:round}',
  '.t-chart .edge path{fill:none;stroke:var(--edge);stroke-width:1.3}',
  '.t-chart .edge .tip{fill:var(--edge);stroke:none}',
  '.t-chart .edge .port{fill:var(--paper);stroke:var(--edge);stroke-width:1.2}',
  '.t-chart .edge.error path{stroke:var(--error)}',
  '.t-chart .edge.error .tip{fill:var(--error)}',
  '.t-chart .edge.after path,.t-chart .edge.default path{stroke-dasharray:5 3}',
  '.t-chart .edge .tip{stroke-dasharray:none}',
  '.t-chart .label{fill:var(--pill);stroke:var(--line);stroke-width:1}',
  ...(
    [
      ['error', 'error'],
      ['after', 'time'],
      ['always', 'always'],
      ['done', 'active'],
    ] as const
  ).flatMap(([kind, colour]) => [
    `.t-chart .said.${kind},.t-chart .row.${kind}{fill:var(--${colour})}`,
    `.t-chart .icon.${kind}{stroke:var(--${colour})}`,
  ]),
  '.t-chart .icon.invoke{stroke:var(--always)}',
  '.t-chart .said.guard{fill:var(--soft)}',
  '.t-chart .said.jump,.t-chart .said.up,.t-chart .said.down{fill:var(--accent)}',
  '.t-chart .icon.jump,.t-chart .icon.up,.t-chart .icon.down{stroke:var(--accent)}',
]

/** A page that has it in a document of its own sets `data-theme` there. */
export function style(theme: Theme): string {
  const base = theme === 'dark' ? dark : light
  const themes =
    theme === 'auto'
      ? [
          `@media(prefers-color-scheme:dark){.t-chart{${variables(dark)}}}`,
          `[data-theme=light] .t-chart{${variables(light)}}`,
          `[data-theme=dark] .t-chart{${variables(dark)}}`,
        ]
      : []
  return [`.t-chart{${variables(base)}}`, ...themes, ...rules].join('\n')
}
