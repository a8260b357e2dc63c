import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  between,
  filled,
  fitted,
  focused,
  homeOf,
  keeping,
  shownPart,
  touches,
  zoomed,
  zoomMax,
  zoomMin,
} from '../../../services/inspector/web/chart/camera.ts'
import { linePath, tipPath } from '../../../services/inspector/web/chart/path.ts'

const window = { x: 0, y: 0, w: 1200, h: 700 }
const size = fc.record({ w: fc.integer({ min: 200, max: 20_000 }), h: fc.integer({ min: 200, max: 20_000 }) })
const camera = fc.record({
  k: fc.double({ min: 0.05, max: 2, noNaN: true }),
  x: fc.integer({ min: -5_000, max: 5_000 }),
  y: fc.integer({ min: -5_000, max: 5_000 }),
})

test('fitting shows the whole drawing, however large', () => {
  fc.assert(
    fc.property(size, (drawing) => {
      const { x, y, w, h } = shownPart(window, fitted(window, drawing))
      expect(x <= 0 && y <= 0 && x + w >= drawing.w && y + h >= drawing.h).toBe(true)
    }),
  )
})

test('zooming keeps what is under the pointer there, within its limits', () => {
  fc.assert(
    fc.property(camera, fc.double({ min: 0.01, max: 100, noNaN: true }), (from, factor) => {
      const at = { x: 300, y: 200 }
      const to = zoomed(from, at, factor)
      expect(to.k).toBeGreaterThanOrEqual(zoomMin)
      expect(to.k).toBeLessThanOrEqual(zoomMax)
      expect((at.x - to.x) / to.k).toBeCloseTo((at.x - from.x) / from.k, 3)
      expect((at.y - to.y) / to.k).toBeCloseTo((at.y - from.y) / from.k, 3)
    }),
  )
})

test('a state that is in sight does not move the camera, another one does', () => {
  const still = { k: 1, x: 0, y: 0 }
  expect(keeping(window, still, { x: 100, y: 100, w: 80, h: 40 })).toBe(still)
  const box = { x: 5_000, y: 100, w: 80, h: 40 }
  expect(touches(shownPart(window, keeping(window, still, box)), box)).toBe(true)
})

test('the first view is everything while it can be read, else what is active', () => {
  expect(homeOf(window, { w: 1_000, h: 600 }, [])).toEqual(fitted(window, { w: 1_000, h: 600 }))
  const active = { x: 9_000, y: 4_000, w: 100, h: 50 }
  const home = homeOf(window, { w: 10_000, h: 5_000 }, [active])
  expect(home.k).toBeGreaterThanOrEqual(0.5)
  expect(touches(shownPart(window, home), active)).toBe(true)
})

test('the first view takes in as much around what is active as stays easy to read', () => {
  const active = { x: 4_000, y: 2_000, w: 100, h: 50 }
  const near = { x: 4_400, y: 2_000, w: 100, h: 50 }
  const far = { x: 9_000, y: 4_000, w: 100, h: 50 }
  const home = homeOf(window, { w: 10_000, h: 5_000 }, [active], [far, near])
  const shown = shownPart(window, home)
  expect([active, near, far].map((box) => touches(shown, box))).toEqual([true, true, false])
  expect(home.k).toBeGreaterThanOrEqual(0.8)
})

test('what lies on the window is no room for the drawing', () => {
  const room = { x: 300, y: 60, w: 900, h: 600 }
  const { x, y, k } = fitted(room, { w: 3_000, h: 600 })
  expect([x >= 300, y >= 60, x + 3_000 * k <= 1_200]).toEqual([true, true, true])
})

test('a view does not show what is beside a drawing that fills the window', () => {
  const { x, w } = shownPart(window, filled(window, { w: 5_000, h: 5_000 }, { k: 1, x: -4_900, y: 400 }))
  expect([x + w, x]).toEqual([5_000, 3_800])
})

test('a move ends where it leads', () => {
  const [from, to] = [
    { k: 1, x: 0, y: 0 },
    { k: 2, x: 10, y: -10 },
  ]
  expect(between(from, to, 1)).toEqual(to)
  expect(focused(window, [{ x: 0, y: 0, w: 10, h: 10 }], 1).k).toBe(1)
})

test('a line has its corners rounded and leaves room for its tip', () => {
  const points = [
    { x: 0, y: 0 },
    { x: 100, y: 0 },
    { x: 100, y: 100 },
  ]
  expect(linePath(points, true)).toBe('M0 0L92 0Q100 0 100 8L100 94.4')
  expect(linePath(points, false)).toBe('M0 0L92 0Q100 0 100 8L100 100')
  expect(tipPath(points)).toBe('M100 100L104 92L100 94.4L96 92Z')
  expect([linePath([], true), linePath([{ x: 1, y: 1 }], true), tipPath([])]).toEqual(['', 'M1 1', ''])
})
