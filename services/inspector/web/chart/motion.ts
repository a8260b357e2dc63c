// Motion
// What a transition looks like as it happens: a comet along its line, then a ring around the states it entered. Both remove themselves.
import type { Drawn } from './draw.ts'
import { svg } from './svg-node.ts'

const cometMs = 520
const ringMs = 700
const tailMax = 46
/** An actor that turns again sooner than this is not shown moving: its lights tell as much, and moving costs a tab without a GPU a tenth of a core. */
export const calmMs = 1_000

export const isStill = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

export function playTransition({ paths, boxes, effects }: Drawn, edges: readonly string[], entered: readonly string[]): void {
  if (isStill() || effects.childElementCount > 0) return
  const pieces = [...new Set(edges.flatMap((edge) => paths.get(edge) ?? []))]
  pieces.forEach((path, at) => sendComet(path, effects, (at * cometMs) / 2))
  for (const id of entered) {
    const box = boxes.get(id)
    if (!box || box.open) continue
    const { x, y, w, h } = box
    const ring = svg('rect', { class: 'ring', x, y, width: w, height: h, rx: 10 })
    effects.append(ring)
    const delay = (pieces.length * cometMs) / 2
    play(
      ring,
      [
        { opacity: 0, strokeWidth: '1px' },
        { opacity: 1, strokeWidth: '4px', offset: 0.3 },
        { opacity: 0, strokeWidth: '13px' },
      ],
      { duration: ringMs, delay },
    )
  }
}

function sendComet(path: SVGPathElement, effects: SVGGElement, delay: number): void {
  const length = path.getTotalLength()
  const tail = Math.min(tailMax, length)
  const comet = svg('path', { class: 'comet', d: path.getAttribute('d') ?? '' })
  comet.style.strokeDasharray = `${tail} ${length + tail}`
  effects.append(comet)
  play(comet, [{ strokeDashoffset: tail }, { strokeDashoffset: -length }], { duration: cometMs, delay, easing: 'cubic-bezier(.45,0,.2,1)' })
}

function play(node: SVGElement, frames: Keyframe[], timing: KeyframeAnimationOptions): void {
  const animation = node.animate(frames, { ...timing, fill: 'both' })
  animation.addEventListener('finish', () => node.remove())
  animation.addEventListener('cancel', () => node.remove())
}
