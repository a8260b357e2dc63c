// The chart in a real browser: what it lights, how fast, and that it can be walked with keys alone.
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chartOf, type Chart } from '../../../runtime/statechart/index.ts'
import type { Drawing } from '../../../services/inspector/chart/drawing.ts'
import { layoutChart } from '../../../services/inspector/chart/layout.ts'
import { treeOf } from '../../../services/inspector/web/chart/tree.ts'
import { generatedMachine } from '../../support/generated-machine.ts'
import { talks } from './talks.ts'

const program = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium'
const hasBrowser = fs.existsSync(program)
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const web = fileURLToPath(new URL('../../../services/inspector/web/', import.meta.url))

let browser: Browser
let page: Page

beforeAll(async () => {
  if (!hasBrowser) return
  const [script, style] = await Promise.all(['chart/element.ts', 'styles/app.css'].map(bundled))
  browser = await chromium.launch({ executablePath: program, args: quiet })
  page = await browser.newPage({ viewport: { width: 1200, height: 800 } })
  await page.setContent('<!doctype html><div id="host" style="position:relative;width:1100px;height:700px"></div>')
  await page.addStyleTag({ content: style ?? '' })
  await page.addScriptTag({ content: script ?? '' })
})
afterAll(() => browser?.close())

const bundled = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [`${web}${entry}`],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'chartElement',
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

/** What the browser's side of these tests uses of the element. */
interface Shown {
  activate(ids: ReadonlySet<string>): void
  take(edges: readonly string[], entered?: readonly string[]): void
  setBreakpoints(ids: ReadonlySet<string>): void
  setMarks(marks: ReadonlyMap<string, object>): void
  setInsets(insets: { readonly top: number; readonly bottom: number; readonly left: number }): void
  readonly selected: string | undefined
}

async function show(machine: Parameters<typeof chartOf>[0]): Promise<ReturnType<typeof treeOf>> {
  const chart = chartOf(machine)
  await draw(chart, layoutChart(chart))
  return treeOf(chart)
}

const draw = (chart: Chart, drawing: Drawing): Promise<void> =>
  page.evaluate((given) => {
    Reflect.get(globalThis, 'chartElement').defineChart()
    const document = Reflect.get(globalThis, 'document')
    const made = document.createElement('troupe-chart')
    document.getElementById('host').replaceChildren(made)
    const parts = JSON.parse(given)
    made.show(parts.drawing, parts.chart)
    Reflect.set(globalThis, 'shown', made)
  }, JSON.stringify({ chart, drawing }))

const lit = (): Promise<readonly string[]> =>
  page
    .locator('.state.active')
    .evaluateAll((nodes) => nodes.map((node: { readonly dataset: { readonly id?: string } }) => node.dataset.id ?? '').toSorted())
const activate = (...ids: readonly string[]): Promise<void> =>
  page.evaluate((given) => (Reflect.get(globalThis, 'shown') as Shown).activate(new Set(given)), ids)
const selected = (): Promise<string | undefined> => page.evaluate(() => (Reflect.get(globalThis, 'shown') as Shown).selected)

test.skipIf(!hasBrowser)('exactly the active states are lit, and say so to those who cannot see it', async () => {
  await show(talks)
  await activate('talks', 'talks.resting')
  expect(await lit()).toEqual(['talks', 'talks.resting'])
  await activate('talks', 'talks.ended')
  expect(await lit()).toEqual(['talks', 'talks.ended'])
  expect(await page.locator('[aria-current=true]').count()).toBe(2)
  expect(await page.locator('.state:not([aria-label])').count()).toBe(0)
})

test.skipIf(!hasBrowser)('every state and every transition of a chart is drawn', async () => {
  const tree = await show(generatedMachine(7, 30))
  expect(await page.locator('.state').count()).toBe(tree.places.size)
  const missing = await page.evaluate(
    ([ids]) => {
      const made = Reflect.get(globalThis, 'shown') as Shown
      const document = Reflect.get(globalThis, 'document')
      return (ids ?? []).filter((id) => {
        made.take([id])
        return document.querySelectorAll('.taken').length === 0
      })
    },
    [[...tree.edges.keys()]],
  )
  expect(missing).toEqual([])
})

/** The page's MutationObserver, as far as it is used here: tests know no browser types. */
type Observing = new (seen: (records: readonly { readonly type: string }[]) => void) => {
  observe(node: unknown, options: object): void
  disconnect(): void
}

test.skipIf(!hasBrowser)('lighting another state changes attributes of what changes, and makes and moves nothing', async () => {
  const tree = await show(generatedMachine(3, 300))
  const [first = '', second = ''] = [...tree.places.keys()].slice(-2)
  const changed = await page.evaluate(
    async ([one, other]) => {
      const made = Reflect.get(globalThis, 'shown') as Shown
      made.activate(new Set([one]))
      const seen: { readonly type: string }[] = []
      const Observer = Reflect.get(globalThis, 'MutationObserver') as Observing
      const observer = new Observer((records) => seen.push(...records))
      observer.observe(made, { attributes: true, childList: true, subtree: true })
      made.activate(new Set([other]))
      await new Promise((resolve) => setTimeout(resolve, 0))
      observer.disconnect()
      return seen.map(({ type }) => type)
    },
    [first, second] as const,
  )
  expect(new Set(changed)).toEqual(new Set(['attributes']))
  expect(changed.length).toBeLessThanOrEqual(60) // two states and the frames around them, of 300
})

test.skipIf(!hasBrowser)('keys walk along transitions, in and out, fold, and ask for a breakpoint', async () => {
  await show(talks)
  await activate('talks', 'talks.resting')
  const asked = page.evaluate(
    () =>
      new Promise((resolve) =>
        Reflect.get(globalThis, 'shown').addEventListener('chart-breakpoint', (event: { readonly detail: unknown }) =>
          resolve(event.detail),
        ),
      ),
  )
  await page.locator('svg.chart').focus()
  const walked: (string | undefined)[] = []
  for (const key of ['ArrowRight', 'ArrowRight', 'Alt+ArrowRight', 'ArrowDown', 'Alt+ArrowLeft']) {
    await page.keyboard.press(key)
    walked.push(await selected())
  }
  expect(walked).toEqual(['talks.resting', 'talks.working', 'talks.working.reading', 'talks.working.writing', 'talks.working'])
  await page.keyboard.press('Enter')
  expect(await page.locator('.as-card').getAttribute('data-id')).toBe('talks.working')
  await page.keyboard.press('b')
  expect(await asked).toEqual({ state: 'talks.working' })
  await page.keyboard.press('Escape')
  expect(await selected()).toBeUndefined()
})

test.skipIf(!hasBrowser)(
  'a transition moves once and cleans up, and not at all where they come fast or for those who want it still',
  async () => {
    await show(talks)
    const moving = () => page.locator('.comet, .ring').count()
    const take = () =>
      page.evaluate(() => {
        const made = Reflect.get(globalThis, 'shown') as Shown
        made.take(['talks.resting|begin|0'], ['talks.ended'])
        return Reflect.get(globalThis, 'document').querySelectorAll('.comet, .ring').length
      })
    expect(await take()).toBeGreaterThan(0)
    expect(await take()).toBeGreaterThan(0) // still the first one
    await page.evaluate(() =>
      Reflect.get(globalThis, 'document')
        .querySelectorAll('.comet, .ring')
        .forEach((one: { remove(): void }) => one.remove()),
    )
    expect(await take()).toBe(0) // turns that come this fast are not shown moving
    await show(talks)
    expect(await take()).toBeGreaterThan(0)
    await expect.poll(moving, { timeout: 10_000 }).toBe(0)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(await take()).toBe(0)
    await page.emulateMedia({ reducedMotion: 'no-preference' })
  },
)

test.skipIf(!hasBrowser)('names of states are text, whatever they hold', async () => {
  const { createMachine } = await import('xstate')
  await show(
    createMachine({
      id: 'm',
      initial: 'a',
      states: { a: { on: { '<img src=x onerror=alert(1)>': 'b' } }, b: { description: '<b>bold</b>' } },
    }),
  )
  expect(await page.locator('troupe-chart img, troupe-chart b').count()).toBe(0)
  expect(await page.locator('.label').textContent()).toContain('<img')
})

const mark = (marks: readonly (readonly [string, object])[]): Promise<void> =>
  page.evaluate((given) => (Reflect.get(globalThis, 'shown') as Shown).setMarks(new Map(given as [string, object][])), marks)

test.skipIf(!hasBrowser)('a mark is a sign and a sentence, on a state and on a transition, and is taken away without a trace', async () => {
  await show(talks)
  const markup = () =>
    page.locator('svg.chart').evaluate((node: { readonly innerHTML: string }) => node.innerHTML.replaceAll(' class=""', ''))
  const before = await markup()
  await mark([
    ['talks.resting', { tone: 'finding', note: 'dead-end: it is never left' }],
    [
      'talks.resting|begin|0',
      [
        { tone: 'hot', text: '12' },
        { tone: 'removed', note: 'version 2 has it no more' },
      ],
    ],
    ['no such thing', { tone: 'added' }],
  ])
  expect(await page.locator('.mark text').allTextContents()).toEqual(['!', '12', '−'])
  expect(await page.locator('[data-id="talks.resting"]').getAttribute('aria-label')).toContain('finding: dead-end: it is never left')
  expect(await page.locator('.mark[role=img]').last().getAttribute('aria-label')).toBe('begin: removed: version 2 has it no more')
  await mark([])
  expect(await markup()).toBe(before)
})

interface Seen {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const overlap = (one: Seen, other: Seen): boolean =>
  one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height

test.skipIf(!hasBrowser)('the first look shows what is active, readable, with nothing on it: neither tools nor the minimap', async () => {
  const chart = chartOf(generatedMachine(3, 25))
  const drawing = layoutChart(chart)
  const tree = treeOf(chart)
  const insets = { top: 60, bottom: 50, left: 0 }
  const leaves = [...tree.places.values()].filter(({ node }) => node.states.length === 0 && node.type === 'atomic').slice(0, 8)
  for (const { node } of leaves) {
    await draw(chart, drawing)
    await page.evaluate((given) => (Reflect.get(globalThis, 'shown') as Shown).setInsets(given), insets)
    await activate(node.id)
    const state = await page.locator('.state.active > .box').boundingBox()
    const host = await page.locator('#host').boundingBox()
    if (!state || !host) throw new Error('the state is drawn')
    expect(state.height).toBeGreaterThan(18) // a title of 13 px in a box of 34
    expect(state.x >= host.x && state.x + state.width <= host.x + host.width).toBe(true)
    expect(state.y >= host.y + insets.top && state.y + state.height <= host.y + host.height - insets.bottom).toBe(true)
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200))) // the minimap is painted at most twelve times a second
    const map = await page.locator('.minimap:not([hidden])').boundingBox()
    if (map) expect(overlap(map, state)).toBe(false)
  }
})
