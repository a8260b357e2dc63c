// Draw state
// One state of a drawing as SVG: a box with what it does, or a frame for what is in it.
import { padding, tagPadding, titleH } from '../../chart/boxes.ts'
import { widthOf, type Font } from '../../chart/measure.ts'
import { hasIcon, iconW, labelPadding, labelRowH, rowH } from '../../chart/rows.ts'
import { icons, type IconName } from '../../chart/svg-icons.ts'
import type { Box, Label, Point, Row } from '../wire.ts'
import { svg, svgText } from './svg-node.ts'

const breakpointRadius = 5

export function drawState(box: Box): SVGGElement {
  const { x, y, w, h, kind, open } = box
  const isDot = kind === 'history' && box.rows.length === 0
  const rx = isDot ? w / 2 : open ? 12 : 9
  const state = svg('g', { class: classOf(box), 'data-id': box.id, role: 'group', tabindex: -1, 'aria-label': nameOf(box) })
  const title = box.description === undefined ? [] : [titled(box.description)]
  state.append(...title, svg('rect', { class: 'box', x, y, width: w, height: h, rx }))
  if (kind === 'final') state.append(svg('rect', { class: 'inner', x: x + 3.5, y: y + 3.5, width: w - 7, height: h - 7, rx: rx - 3 }))
  if (isDot) {
    state.append(svgText(box.title, { class: 'title', x: x + w / 2, y: y + h / 2 + 4.5, 'text-anchor': 'middle' }))
    return state
  }
  state.append(headOf(box), ...rowsOf(box))
  state.append(svg('circle', { class: 'breakpoint', cx: x, cy: y + titleH / 2, r: breakpointRadius, 'aria-hidden': 'true' }))
  return state
}

export const drawInitial = ({ x, y, w, h }: Box): SVGElement =>
  svg('circle', { class: 'dot', cx: x + w / 2, cy: y + h / 2, r: w / 2 - 0.5, 'aria-hidden': 'true' })

/** What is written beside a transition. */
export function drawLabel({ x, y, w, h, rows }: Label, kind: string): SVGGElement {
  const label = svg('g', { class: `label ${kind}` }, svg('rect', { class: 'paper', x, y, width: w, height: h, rx: 6 }))
  rows.forEach((row, at) => {
    const top = y + labelPadding.y + at * labelRowH
    const left = x + labelPadding.x
    const withIcon = hasIcon(row.icon)
    const line = svg('g', row.edge === undefined ? {} : { 'data-edge': row.edge }, ...tipOf(row))
    if (row.icon && withIcon) line.append(iconAt(iconNamed(row.icon), { x: left - 1, y: top + 1.5 }))
    line.append(fittedText(row.text, { x: left + (withIcon ? iconW : 0), y: top + 11.2 }, 'label', `said ${row.icon ?? ''}`))
    label.append(line)
  })
  return label
}

function headOf({ x, y, w, kind, title, tags, hidden }: Box): SVGGElement {
  const middle = y + titleH / 2
  const head = svg('g', { class: 'head' })
  if (kind !== 'initial' && kind !== 'pill') head.append(iconAt(`state-${kind}`, { x: x + padding, y: middle - 6 }))
  head.append(fittedText(title, { x: x + padding + iconW + 4, y: middle + 4.6 }, 'title', 'title'))
  let right = x + w - padding
  for (const tag of (hidden === undefined ? tags : [...tags, `+${hidden}`]).toReversed()) {
    const width = widthOf(tag, 'label') + tagPadding
    right -= width
    head.append(svg('rect', { class: 'tag', x: right, y: middle - 8.5, width, height: 17, rx: 8.5 }))
    head.append(svgText(tag, { class: 'tagged', x: right + width / 2, y: middle + 3.6, 'text-anchor': 'middle' }))
    right -= 5
  }
  return head
}

function rowsOf({ x, y, w, rows, open }: Box): readonly SVGElement[] {
  if (rows.length === 0) return []
  const rule = open ? [] : [svg('path', { class: 'rule', d: `M${x} ${y + titleH}h${w}` })]
  const group = svg('g', { class: 'rows' })
  rows.forEach((row, at) => {
    const top = y + titleH + (open ? 9 : 17) + at * rowH
    const line = svg('g', row.edge === undefined ? {} : { 'data-edge': row.edge }, ...tipOf(row))
    if (row.icon) line.append(iconAt(iconNamed(row.icon), { x: x + padding, y: top - 10 }))
    const quiet = row.icon === 'entry' || row.icon === 'exit' ? 'quiet' : ''
    line.append(fittedText(row.text, { x: x + padding + iconW + 4, y: top }, 'row', `row ${row.icon ?? ''} ${quiet}`))
    group.append(line)
  })
  return [...rule, group]
}

const classOf = ({ kind, open, region, depth }: Box): string =>
  ['state', kind, open ? 'frame' : 'leaf', region ? 'region' : '', open && depth % 2 === 0 ? 'even' : ''].filter(Boolean).join(' ')

function nameOf({ kind, title, tags, rows, hidden }: Box): string {
  const does = rows.filter(({ edge }) => edge === undefined).map(({ title: whole, text }) => whole ?? text)
  const parts = [
    `${kind === 'atomic' ? '' : `${kind} `}state ${title}`,
    ...(tags.length > 0 ? [`tagged ${tags.join(', ')}`] : []),
    ...does,
    ...(hidden === undefined ? [] : [`${hidden} states inside are not drawn`]),
  ]
  return parts.join('; ')
}

const iconNamed = (name: NonNullable<Row['icon']>): IconName => (name === 'default' ? 'event' : name)

const iconAt = (name: IconName, { x, y }: Point): SVGElement =>
  svg('path', { class: `icon ${name}`, d: icons[name], transform: `translate(${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10})` })

/** The layout measured it so: another font must not push it out of its box. */
const fittedText = (said: string, { x, y }: Point, font: Font, name: string): SVGElement =>
  svgText(said, { class: name, x, y, textLength: widthOf(said, font), lengthAdjust: 'spacingAndGlyphs' })

const tipOf = ({ title, text }: Row): readonly SVGElement[] => (title === undefined || title === text ? [] : [titled(title)])

function titled(said: string): SVGElement {
  const title = svg('title')
  title.textContent = said
  return title
}
