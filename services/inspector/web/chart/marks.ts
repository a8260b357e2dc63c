// Marks
// What somebody has to say about states and transitions of a drawn chart: what a comparison found, what the lint found, how busy they are.
// A mark is a colour, a small sign and a sentence, so that it does not take colour to read it.
//
// M1. What was marked is as it was once its mark is gone: its classes, its name, what is drawn in it.
import { widthOf } from '../../chart/measure.ts'
import type { Box, Point } from '../wire.ts'
import type { Drawn } from './draw.ts'
import type { Mark, Marks, MarkTone } from './mark.ts'
import { svg, svgText } from './svg-node.ts'

const signs: Readonly<Record<MarkTone, { readonly text: string; readonly said: string }>> = {
  added: { text: '+', said: 'added' },
  removed: { text: '−', said: 'removed' },
  changed: { text: '~', said: 'changed' },
  'only-a': { text: 'A', said: 'only in A' },
  'only-b': { text: 'B', said: 'only in B' },
  hot: { text: '▲', said: 'busy' },
  finding: { text: '!', said: 'finding' },
}

const signH = 15
const signPadding = 5
const signGap = 2

/** `nameOf` says what a transition is called. Calling the answer again replaces all marks. */
export function makeMarks({ boxes, states, edges, middles }: Drawn, nameOf: (edge: string) => string): (marks: Marks) => void {
  const undo: (() => void)[] = []
  const taken = new Map<Element, number>()
  const put = (into: SVGGElement, at: Point, node: SVGGElement, width: number): void => {
    const before = taken.get(into) ?? 0
    taken.set(into, before + width + signGap)
    node.setAttribute('transform', `translate(${at.x - before - width / 2} ${at.y})`)
    into.append(node)
    undo.push(() => node.remove())
  }
  const tint = (node: SVGGElement, { tone }: Mark): void => {
    node.classList.add('marked', tone)
    undo.push(() => node.classList.remove('marked', tone))
  }
  const markState = (node: SVGGElement, { x, y, w }: Box, mark: Mark): void => {
    tint(node, mark)
    const name = node.getAttribute('aria-label') ?? ''
    node.setAttribute('aria-label', `${name}; ${sentenceOf(mark)}`)
    undo.push(() => node.setAttribute('aria-label', name))
    put(node, { x: x + w + signH / 2, y }, signOf(mark), signWidth(mark))
  }
  const markEdge = (id: string, mark: Mark): void => {
    const parts = edges.get(id) ?? []
    for (const part of parts) tint(part, mark)
    const part = parts.find((one) => !one.classList.contains('edge')) ?? parts[0]
    if (!part) return
    const sign = signOf(mark)
    sign.setAttribute('role', 'img')
    sign.setAttribute('aria-label', `${nameOf(id)}: ${sentenceOf(mark)}`)
    put(part, placeOn(part, boxes, middles.get(id)), sign, signWidth(mark))
  }
  return (marks) => {
    for (const back of undo.splice(0).toReversed()) back() // M1
    taken.clear()
    for (const [id, given] of marks) {
      const [node, box] = [states.get(id), boxes.get(id)]
      for (const mark of 'tone' in given ? [given] : given) {
        if (node && box) markState(node, box, mark)
        else markEdge(id, mark)
      }
    }
  }
}

const sentenceOf = ({ tone, note }: Mark): string => (note === undefined ? signs[tone].said : `${signs[tone].said}: ${note}`)

const textOf = ({ tone, text }: Mark): string => text ?? signs[tone].text

const signWidth = (mark: Mark): number => Math.max(signH, widthOf(textOf(mark), 'label') + 2 * signPadding)

function signOf(mark: Mark): SVGGElement {
  const width = signWidth(mark)
  const sign = svg('g', { class: `mark ${mark.tone}` })
  const title = svg('title')
  title.textContent = sentenceOf(mark)
  sign.append(
    title,
    svg('rect', { x: -width / 2, y: -signH / 2, width, height: signH, rx: signH / 2 }),
    svgText(textOf(mark), { x: 0, y: 3.8, 'text-anchor': 'middle' }),
  )
  return sign
}

/** The corner of a label or a pill, the end of a row in its state, the middle of a line. */
function placeOn(part: SVGGElement, boxes: ReadonlyMap<string, Box>, middle: Point | undefined): Point {
  const paper = part.querySelector(':scope > .paper')
  const number = (node: Element | null, name: string): number => Number(node?.getAttribute(name) ?? 0)
  if (paper) return { x: number(paper, 'x') + number(paper, 'width') + signH / 2, y: number(paper, 'y') }
  const box = boxes.get(part.closest<SVGElement>('[data-id]')?.dataset['id'] ?? '')
  if (part.dataset['edge'] !== undefined && box) return { x: box.x + box.w + signH / 2, y: number(part.querySelector('text'), 'y') - 4 }
  return middle ?? { x: 0, y: 0 }
}
