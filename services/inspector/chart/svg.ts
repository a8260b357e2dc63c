// SVG
// A drawing as one SVG document that needs nothing else: no script, no font, no style of a page. Every state, line and label carries its id, so that
// a page can light what is active. Whatever names hold, they are text: nothing of a chart becomes markup.
import type { Box, Drawing, Label, Line, Point, Row } from './drawing.ts'
import { padding, tagPadding, titleH } from './boxes.ts'
import { widthOf, type Font } from './measure.ts'
import { hasIcon, iconW, labelPadding, labelRowH, rowH } from './rows.ts'
import { icons, type IconName } from './svg-icons.ts'
import { style, type Theme } from './svg-style.ts'

export function svgOf(drawing: Drawing, theme: Theme = 'auto'): string {
  const { id, w, h, boxes, lines } = drawing
  const states = boxes.filter(({ kind }) => kind !== 'initial' && kind !== 'pill').length
  const edges = new Set(lines.flatMap((line) => line.edges)).size
  return [
    tag('svg', { xmlns: 'http://www.w3.org/2000/svg', class: 't-chart', width: w, height: h, viewBox: `0 0 ${w} ${h}`, role: 'img' }, [
      tag('title', {}, [escaped(id)]),
      tag('desc', {}, [escaped(`The statechart ${id}: ${states} states, ${edges} drawn transitions`)]),
      tag('style', {}, [style(theme)]),
      tag(
        'defs',
        {},
        Object.entries(icons).map(([name, d]) => tag('path', { id: `t-${name}`, d })),
      ),
      tag('rect', { class: 'paper', width: w, height: h }),
      ...boxes.map(boxOf),
      ...lines.map(lineOf),
      ...lines.flatMap(({ label, kind, edges: of }) => (label ? [labelOf(label, kind, of)] : [])),
      ...boxes.filter(({ kind }) => kind === 'pill').map((box) => labelOf(box, 'pill', edgesIn(box.rows))),
    ]),
    '\n',
  ].join('')
}

function boxOf(box: Box): string {
  const { id, kind, x, y, w, h, open, region, depth, rows, description } = box
  if (kind === 'pill') return ''
  if (kind === 'initial') return tag('circle', { class: 'dot', cx: x + w / 2, cy: y + h / 2, r: w / 2 - 0.5 })
  const classes = ['state', kind, open ? `frame ${depth % 2 === 0 ? 'even' : 'odd'}` : 'leaf', region ? 'region' : ''].filter(
    (name) => name !== '',
  )
  const isDot = kind === 'history' && rows.length === 0
  const rx = isDot ? w / 2 : open ? 12 : 9
  return tag('g', { class: classes.join(' '), 'data-id': id }, [
    tag('title', {}, [escaped(description === undefined ? id : `${id}: ${description}`)]),
    tag('rect', { class: 'box', x, y, width: w, height: h, rx }),
    ...(kind === 'final' ? [tag('rect', { class: 'inner', x: x + 3.5, y: y + 3.5, width: w - 7, height: h - 7, rx: rx - 3 })] : []),
    ...(isDot
      ? [text(box.title, { x: x + w / 2, y: y + h / 2 + 4.5 }, { class: 'title', anchor: 'middle', font: 'title' })]
      : headOf(box, kind)),
  ])
}

function headOf(box: Box, kind: Exclude<Box['kind'], 'initial' | 'pill'>): readonly string[] {
  const { x, y, w, title, rows, open, tags, hidden } = box
  const middle = y + titleH / 2
  const shown = hidden === undefined ? tags : [...tags, `+${hidden}`]
  let right = x + w - padding
  const tagged = shown.toReversed().map((name) => {
    const width = widthOf(name, 'label') + tagPadding
    right -= width
    const left = right
    right -= 5
    const at = { x: left + width / 2, y: middle + 3.6 }
    return (
      tag('rect', { class: 'tag', x: left, y: middle - 8.5, width, height: 17, rx: 8.5 }) +
      text(name, at, { class: 'tagged', anchor: 'middle', font: 'label' })
    )
  })
  return [
    icon(`state-${kind}`, { x: x + padding, y: middle - 6 }),
    text(title, { x: x + padding + iconW + 4, y: middle + 4.6 }, { class: 'title', font: 'title' }),
    ...tagged,
    ...(rows.length > 0 && !open ? [tag('path', { class: 'rule', d: `M${num(x)} ${num(y + titleH)}h${num(w)}` })] : []),
    ...rows.map((row, at) => rowOf(row, { x: x + padding, y: y + titleH + (open ? 9 : 17) + at * rowH })),
  ]
}

const rowOf = (row: Row, { x, y }: Point): string => {
  const quiet = row.icon === 'entry' || row.icon === 'exit' ? ' quiet' : ''
  return tag('g', { ...(row.edge !== undefined && { 'data-edge': row.edge }) }, [
    ...titled(row),
    ...(row.icon ? [icon(iconNamed(row.icon), { x, y: y - 10 })] : []),
    text(row.text, { x: x + iconW + 4, y }, { class: `row ${row.icon ?? ''}${quiet}`, font: 'row' }),
  ])
}

function lineOf({ kind, edges, points, arrow }: Line): string {
  const end = points.at(-1)
  if (!end) return ''
  return tag('g', { class: `edge ${kind}`, ...(edges.length > 0 && { 'data-edges': edges.join(' ') }) }, [
    tag('path', { d: rounded(arrow ? shortenedEnd(points) : points) }),
    arrow ? tag('path', { class: 'tip', d: tipAt(points) }) : tag('circle', { class: 'port', cx: end.x, cy: end.y, r: 2.4 }),
  ])
}

const edgesIn = (rows: readonly Row[]): readonly string[] => [...new Set(rows.flatMap(({ edge }) => edge ?? []))]

function labelOf({ x, y, w, h, rows }: Label, kind: string, edges: readonly string[]): string {
  return tag('g', { class: `said-of ${kind}`, ...(edges.length > 0 && { 'data-edges': edges.join(' ') }) }, [
    tag('rect', { class: 'label', x, y, width: w, height: h, rx: 6 }),
    ...rows.map((row, at) => {
      const top = y + labelPadding.y + at * labelRowH
      const left = x + labelPadding.x
      const withIcon = hasIcon(row.icon)
      return tag('g', {}, [
        ...titled(row),
        ...(row.icon && withIcon ? [icon(iconNamed(row.icon), { x: left - 1, y: top + 1.5 })] : []),
        text(row.text, { x: left + (withIcon ? iconW : 0), y: top + 11.2 }, { class: `said ${row.icon ?? ''}`, font: 'label' }),
      ])
    }),
  ])
}

const titled = ({ title, text: shown }: Row): readonly string[] =>
  title === undefined || title === shown ? [] : [tag('title', {}, [escaped(title)])]

const iconNamed = (name: NonNullable<Row['icon']>): IconName => (name === 'default' ? 'event' : name)

const icon = (name: IconName, { x, y }: Point): string => tag('use', { href: `#t-${name}`, x, y, class: `icon ${name}` })

const text = (
  said: string,
  { x, y }: Point,
  { class: name, font, anchor }: { readonly class: string; readonly font: Font; readonly anchor?: string },
): string =>
  tag(
    'text',
    {
      x,
      y,
      class: name,
      textLength: widthOf(said, font),
      lengthAdjust: 'spacingAndGlyphs',
      ...(anchor !== undefined && { 'text-anchor': anchor }),
    },
    [escaped(said)],
  )

const cornerRadius = 8

/** A path along the points whose corners are rounded. */
function rounded(points: readonly Point[]): string {
  return points
    .map((point, at) => {
      const [before, after] = [points[at - 1], points[at + 1]]
      if (!before) return `M${num(point.x)} ${num(point.y)}`
      if (!after) return `L${num(point.x)} ${num(point.y)}`
      const radius = Math.min(cornerRadius, distance(before, point) / 2, distance(point, after) / 2)
      const [into, out] = [toward(point, before, radius), toward(point, after, radius)]
      return `L${num(into.x)} ${num(into.y)}Q${num(point.x)} ${num(point.y)} ${num(out.x)} ${num(out.y)}`
    })
    .join('')
}

const tipLength = 8

function shortenedEnd(points: readonly Point[]): readonly Point[] {
  const [before, end] = [points.at(-2), points.at(-1)]
  return before && end ? [...points.slice(0, -1), toward(end, before, Math.min(tipLength * 0.7, distance(before, end)))] : points
}

function tipAt(points: readonly Point[]): string {
  const end = points.at(-1) ?? { x: 0, y: 0 }
  const before = points.findLast((point) => distance(point, end) > 0.5) ?? end
  const [back, notch] = [toward(end, before, tipLength), toward(end, before, tipLength * 0.7)]
  const across = { x: (end.y - back.y) / 2, y: (back.x - end.x) / 2 }
  return `M${num(end.x)} ${num(end.y)}L${num(back.x + across.x)} ${num(back.y + across.y)}L${num(notch.x)} ${num(notch.y)}L${num(back.x - across.x)} ${num(back.y - across.y)}Z`
}

const distance = (one: Point, other: Point): number => Math.hypot(one.x - other.x, one.y - other.y)

/** The point so far from `from` on the way to `to`, even beyond it. */
function toward(from: Point, to: Point, by: number): Point {
  const whole = distance(from, to)
  return whole === 0 ? from : { x: from.x + ((to.x - from.x) * by) / whole, y: from.y + ((to.y - from.y) * by) / whole }
}

type Attributes = Readonly<Record<string, string | number>>

const tag = (name: string, attributes: Attributes, inside?: readonly string[]): string => {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === 'number' ? num(value) : escaped(value)}"`)
  return inside === undefined ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${inside.join('')}</${name}>`
}

const num = (value: number): string => String(Math.round(value * 10) / 10)

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Characters that XML cannot write become a question mark; a line's end is a space. */
export const escaped = (given: string): string =>
  given
    .toWellFormed()
    .replace(/[\n\r\t]/g, ' ')
    .replace(/[\p{Cc}\ufffe\uffff]/gu, '?')
    .replace(/[&<>"']/g, (character) => entities[character] ?? character)
