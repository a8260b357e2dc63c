// What it costs to look: figures that are printed, held only to what would spoil it on any machine.
import { get } from 'node:http'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { chartOf } from '../../runtime/statechart/index.ts'
import { layoutChart } from '../../services/inspector/chart/layout.ts'
import { generatedMachine } from '../support/generated-machine.ts'
import { makeSchedule, openView, pausedAt, test } from './reader.ts'

const paintMsMax = 5_000
const switchMsMax = 1_000
const scriptBytesMax = 150_000
const panFramesMin = 5
const statesDrawn = 300
const panMs = 2_000

/** From a click until the frame after what it leads to is there, in the page's own clock. */
const timed = (page: Page, click: string, there: string): Promise<number> =>
  page.evaluate<number>(`new Promise((done) => {
    const from = performance.now()
    const look = () => (${there} ? requestAnimationFrame(() => done(performance.now() - from)) : requestAnimationFrame(look))
    document.querySelector(${JSON.stringify(click)}).click()
    look()
  })`)

const said = (what: string, figure: string): void => console.log(`measured: ${what}: ${figure}`)

test('a chart is painted soon after the click on its agent', async ({ reader }) => {
  const actor = await makeSchedule(reader, 'painted')
  const page = await reader.open('/agents?type=schedule&q=painted')
  const link = `a[href="/agents/${actor}"]`
  await page.locator(link).first().waitFor()
  const ms = await timed(page, link, `document.querySelector('troupe-chart .state.active')`)
  said('a chart is painted after the click on an agent', `${ms.toFixed(0)} ms`)
  expect(ms).toBeLessThan(paintMsMax)
})

test('a step through the past switches the active states at once', async ({ reader }) => {
  const actor = await makeSchedule(reader, 'switched')
  const page = await reader.open(`/agents/${actor}@${pausedAt + 1}`)
  await page.locator('troupe-chart .state.active').first().waitFor()
  await page.waitForLoadState('networkidle')
  const ms = await timed(
    page,
    'button[aria-label="The turn before"]',
    `document.querySelector('troupe-chart .state.active[data-id$="paused"]')`,
  )
  said('the active states switch after a step', `${ms.toFixed(0)} ms`)
  expect(ms).toBeLessThan(switchMsMax)
})

test('the scripts that the first view loads are small', async ({ reader }) => {
  const { page } = await openView(reader, 'fleet')
  const loaded = `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => new URL(name).pathname.endsWith('.js'))`
  const scripts = await page.evaluate<readonly string[]>(loaded)
  const sizes = await Promise.all(scripts.map(zippedBytes))
  const bytes = sizes.reduce((sum, one) => sum + one, 0)
  said(`${scripts.length} scripts of the first view, gzipped`, `${(bytes / 1_000).toFixed(1)} kB`)
  expect(scripts.length).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(scriptBytesMax)
})

test(`a chart of ${statesDrawn} states is painted and can be moved`, async ({ reader }) => {
  const actor = await makeSchedule(reader, 'large')
  const chart = chartOf(generatedMachine(7, statesDrawn))
  const drawing = layoutChart(chart)
  const page = await reader.open('/fleet')
  await page.route('**/v1/machines/schedule/chart*', (route) => route.fulfill({ json: chart }))
  await page.route('**/v1/machines/schedule/layout*', (route) => route.fulfill({ json: drawing }))
  await page.goto(`${reader.stage.url}/agents/${actor}`)
  await page.locator('troupe-chart .state').first().waitFor()
  const states = await page.locator('troupe-chart .state').count()
  const box = await page.locator('troupe-chart').boundingBox()
  const [x, y] = [(box?.x ?? 0) + 400, (box?.y ?? 0) + 250]
  await page.mouse.move(x, y)
  await page.mouse.down()
  const frames = page.evaluate<number>(`new Promise((done) => {
    let frames = 0
    const from = performance.now()
    const next = (now) => (++frames, now - from < ${panMs} ? requestAnimationFrame(next) : done((frames * 1000) / (now - from)))
    requestAnimationFrame(next)
  })`)
  const end = Date.now() + panMs
  for (let n = 0; Date.now() < end; n++) await page.mouse.move(x + 150 * Math.sin(n / 10), y + 100 * Math.cos(n / 10))
  const perSecond = await frames
  await page.mouse.up()
  said(`moving a chart of ${states} states, software rendering`, `${perSecond.toFixed(0)} frames/s`)
  expect(states).toBeGreaterThan(statesDrawn / 2)
  expect(perSecond).toBeGreaterThan(panFramesMin)
})

function zippedBytes(url: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const asked = get(url, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
    let bytes = 0
    expect(answer.headers['content-encoding']).toBe('gzip')
    answer.on('data', (chunk: Buffer) => (bytes += chunk.length))
    answer.once('end', () => resolve(bytes))
  })
  asked.once('error', reject)
  return promise
}
