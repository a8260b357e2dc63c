import { createMachine } from 'xstate'
import { expect, test } from 'vitest'
import { chartOf } from '../../runtime/statechart/index.ts'
import { layoutChart } from '../../services/inspector/chart/layout.ts'
import { escaped, svgOf } from '../../services/inspector/chart/svg.ts'
import { generatedMachine } from '../support/generated-machine.ts'
import { allStates } from './coverage.ts'

/** The tags in their order; throws when they do not nest, or when text holds what would be markup. */
function tagsOf(svg: string): readonly string[] {
  const open: string[] = []
  const all: string[] = []
  const rest = svg.replace(/<(\/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<>]*")*)(\/?)>/g, (...[, closes, name, , ends]: readonly string[]) => {
    if (closes) expect(open.pop()).toBe(name)
    else {
      all.push(name ?? '')
      if (!ends) open.push(name ?? '')
    }
    return ''
  })
  expect(open).toEqual([])
  expect(rest.replace(/\.t-chart[^\n]*/g, '')).not.toMatch(/[<]|&(?!amp;|lt;|gt;|quot;|#39;)/)
  return all
}

test('a picture is one well-formed document in which every state and every drawn transition can be found', () => {
  const chart = chartOf(generatedMachine(3, 40))
  const drawing = layoutChart(chart)
  const svg = svgOf(drawing)
  expect(tagsOf(svg)[0]).toBe('svg')
  for (const { id } of allStates(chart.root)) expect(svg).toContain(`data-id="${escaped(id)}"`)
  for (const { edges } of drawing.lines) if (edges.length > 0) expect(svg).toContain(`data-edges="${escaped(edges.join(' '))}"`)
})

test('whatever names hold stays text', () => {
  const machine = createMachine({
    id: '</title><script>alert(1)</script>',
    initial: 'a',
    description: '"><img src=x onerror=alert(1)>',
    states: { a: { tags: ['<b>'], on: { "']]>&amp;": { target: 'b', guard: '<i>' } } }, b: { entry: '"quoted"' } },
  } as never)
  const svg = svgOf(layoutChart(chartOf(machine)))
  expect(new Set(tagsOf(svg))).toEqual(new Set(['svg', 'title', 'desc', 'style', 'defs', 'path', 'rect', 'g', 'use', 'text', 'circle']))
  expect(svg).toContain('&lt;script&gt;')
})

test('a character that XML cannot hold becomes a question mark', () => {
  expect(escaped('a\u0000b\ud800c\nd')).toBe('a?b\ufffdc d')
})

test('colours follow the reader unless a theme is asked for', () => {
  const drawing = layoutChart(chartOf(createMachine({ id: 'one' })))
  expect(svgOf(drawing)).toContain('prefers-color-scheme:dark')
  expect(svgOf(drawing, 'dark')).not.toContain('prefers-color-scheme')
  expect(svgOf(drawing, 'dark')).not.toBe(svgOf(drawing, 'light'))
})

test('every text says how wide it is, so that no font lets it leave its box', () => {
  const texts = svgOf(layoutChart(chartOf(generatedMachine(3, 40)))).match(/<text [^>]*>/g) ?? []
  expect(texts.length).toBeGreaterThan(40)
  expect(texts.filter((text) => !/ textLength="[\d.]+"/.test(text))).toEqual([])
})
