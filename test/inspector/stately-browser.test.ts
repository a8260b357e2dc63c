// The bridge's page in a real browser. A page of our own stands for Stately's, with the receiver that @statelyai/inspect has for such pages.
import fs from 'node:fs'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { build } from 'esbuild'
import { chromium, type Browser, type Frame, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openBridge } from '../../services/stately/bridge.ts'
import { stageForTests, type Received } from './stately-stage.ts'

const program = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium'
const hasBrowser = fs.existsSync(program)
const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
const wait = { timeout: 60_000 }

const stage = stageForTests()
let browser: Browser
let standIn: Server
let address: string

beforeAll(async () => {
  if (!hasBrowser) return
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createBrowserReceiver } from '@statelyai/inspect'
        window.received = []
        createBrowserReceiver().subscribe((one) => window.received.push(one))`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'silent',
  })
  const page = `<!doctype html><title>stand-in</title><h1>The inspector stands here</h1><script>${outputFiles[0]?.text.replaceAll('</script', String.raw`<\/script`)}</script>`
  standIn = createServer((_request, answer) => void answer.setHeader('content-type', 'text/html').end(page)).listen(0, '127.0.0.1')
  await once(standIn, 'listening')
  const bound = standIn.address()
  address = `http://localhost:${typeof bound === 'object' && bound ? bound.port : 0}/inspect`
  browser = await chromium.launch({ executablePath: program, args: flags.split(' ') })
})
afterAll(async () => {
  await browser?.close()
  standIn?.close()
})

async function opened() {
  const { feed } = await stage().feed(['parent/*'])
  const bridge = await openBridge({ feed, port: 0, inspector: new URL(address), note: () => {} })
  onTestFinished(() => bridge.close())
  const page = await browser.newPage()
  onTestFinished(() => page.close())
  const faults: string[] = []
  page.on('pageerror', (error) => void faults.push(error.message))
  page.on('console', (line) => void (line.type() === 'error' && faults.push(line.text())))
  await page.goto(bridge.url)
  return { page, faults, bridge }
}

const inspectorIn = (page: Page): Frame => page.frames().find((frame) => frame.url() === address) ?? page.mainFrame()

/** What the receiver has heard, once something that is asked for is among it. */
async function heard(frame: Frame | Page, sessionId: string, type: string): Promise<readonly Received[]> {
  const found = await frame.waitForFunction(
    ([wantedId, wantedType]) => {
      const { received } = globalThis as unknown as { received?: readonly { sessionId: string; type: string }[] }
      return received?.some((one) => one.sessionId === wantedId && one.type === wantedType) && received
    },
    [sessionId, type],
  )
  return (await found.jsonValue()) as readonly Received[]
}

test.skipIf(!hasBrowser)(
  'the inspector in the frame hears of actors and events, and of everything again when it is loaded again',
  wait,
  async () => {
    const { client } = stage()
    const { page, faults } = await opened()
    await client.send('main/parent/framed', { type: 'start', n: 1 })
    const first = await heard(inspectorIn(page), 'main/parent/framed', '@xstate.snapshot')
    expect(first.find(({ type }) => type === '@xstate.actor')).toMatchObject({
      name: 'parent/framed',
      definition: expect.stringContaining('"idle"'),
    })
    await page
      .getByRole('status')
      .getByText(/^\d+ messages handed to the inspector/)
      .waitFor()
    await inspectorIn(page).goto(address)
    const again = await heard(inspectorIn(page), 'main/parent/framed', '@xstate.actor')
    expect(again[0]).toMatchObject({ type: '@xstate.actor' })
    expect(faults).toEqual([])
  },
)

test.skipIf(!hasBrowser)(
  'an inspector in a window of its own is told instead; a page that is not the inspector hears nothing',
  wait,
  async () => {
    const { page, faults } = await opened()
    await stage().client.send('main/parent/apart', { type: 'start', n: 1 })
    await heard(inspectorIn(page), 'main/parent/apart', '@xstate.actor')
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Open in a window of its own' }).click(),
    ])
    await heard(popup, 'main/parent/apart', '@xstate.actor')
    await page.evaluate("window.postMessage({ type: '@statelyai.connected' }, '*')") // from the page itself, not from the inspector
    await stage().client.send('main/parent/apart', { type: 'stop' })
    const told = await heard(popup, 'main/parent/apart', '@xstate.event')
    expect(told[0]).toMatchObject({ type: '@xstate.actor' })
    expect((await heard(inspectorIn(page), 'main/parent/apart', '@xstate.actor')).some(({ event }) => event?.type === 'stop')).toBe(false)
    expect(faults).toEqual([])
  },
)
