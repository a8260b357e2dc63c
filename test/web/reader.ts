// Reader
// Somebody with a browser in front of the page. What the browser complains of fails the test that had it open.
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { expect, inject, test as base } from 'vitest'
import { actorPath, gatewayAt, type Gateway, type Rows } from './gateway.ts'
import type { Stage } from './stage.ts'
import { chromiumFlags } from './system.ts'

export interface Wishes {
  readonly theme?: 'dark' | 'light'
  readonly width?: number
  readonly height?: number
  readonly calm?: boolean
  /** The operating system's own few colours. */
  readonly forcedColors?: boolean
  /** Device pixels a CSS pixel: a page at 200 % is one on half as many pixels. */
  readonly scale?: number
  /** Of another gateway than the stage's. */
  readonly url?: string
  /** Who has signed in with this. */
  readonly key?: string
  /** The page's clock can be put forward. */
  readonly ownClock?: boolean
}

export interface Reader {
  readonly stage: Stage
  readonly gateway: Gateway
  open(path: string, wishes?: Wishes): Promise<Page>
  /** Complaints that the test expects: the browser calls every 404 and every lost connection an error. */
  forgive(which: RegExp): void
}

const size = { width: 1440, height: 900 }
/** The machine may have other work. */
const waitMsMax = 20_000
const complaintsShown = 10
export const test = base
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the fixtures that one needs from this pattern
  .extend('browser', { scope: 'worker' }, async ({}, { onCleanup }): Promise<Browser> => {
    const browser = await chromium.launch({ executablePath: inject('stage').chromium, args: chromiumFlags })
    onCleanup(() => browser.close())
    return browser
  })
  .extend('reader', async ({ browser }, { onCleanup }): Promise<Reader> => {
    const contexts: BrowserContext[] = []
    const complaints: string[] = []
    const forgiven: RegExp[] = []
    onCleanup(async () => {
      await Promise.all(contexts.map((context) => context.close()))
      expect(complaints.filter((complaint) => !forgiven.some((which) => which.test(complaint))).slice(0, complaintsShown)).toEqual([])
    })
    const stage = inject('stage')
    return {
      stage,
      gateway: gatewayAt(stage.url),
      open: async (path, wishes = {}) => {
        const context = await browser.newContext(contextOf(wishes))
        contexts.push(context)
        context.setDefaultTimeout(waitMsMax)
        if (wishes.ownClock === true) await context.clock.install({ time: Date.now() })
        if (wishes.key !== undefined) await context.addInitScript(signedIn(wishes.key))
        const page = await context.newPage()
        page.on('console', (said) => {
          if (['error', 'warning'].includes(said.type())) complaints.push(`${page.url()}: ${said.text()} ${said.location().url}`)
        })
        page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.stack ?? error.message}`))
        await page.goto((wishes.url ?? stage.url) + path)
        return page
      },
      forgive: (which) => void forgiven.push(which),
    }
  })

/** As the page keeps it; what it is given later stays. */
const signedIn = (key: string): string =>
  `sessionStorage.getItem('troupe.credentials') ?? sessionStorage.setItem('troupe.credentials', ${JSON.stringify(key)})`

function contextOf({ theme = 'dark', calm = false, forcedColors = false, scale = 1, ...wishes }: Wishes): BrowserContextOptions {
  const { width = size.width, height = size.height } = wishes
  return {
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme: theme,
    reducedMotion: calm ? 'reduce' : 'no-preference',
    forcedColors: forcedColors ? 'active' : 'none',
  }
}

export interface View {
  readonly name: string
  readonly path: string
  /** Of the page's heading. */
  readonly heading: string
  /** It is drawn when all of this is there. */
  readonly drawn: readonly string[]
}

interface Listed {
  readonly id: string
}

/** An agent of the job that has ended: nothing about it changes any more. */
export async function endedAgent({ gateway }: Reader): Promise<{ readonly actor: string; readonly turn: number }> {
  const { rows } =
    await gateway.get<Rows<{ readonly actor: string; readonly type: string; readonly turn: number; readonly status: string }>>(
      '/actors?type=agent-*&limit=50',
    )
  const [ended] = rows.filter(({ status }) => status === 'done').toSorted((one, other) => other.turn - one.turn)
  if (!ended) throw new Error('the job left no agent that has ended')
  return ended
}

/** Every view that has an address, with something in it. */
export async function viewsOf(reader: Reader): Promise<readonly View[]> {
  const { gateway, stage } = reader
  const agent = await endedAgent(reader)
  const [tasks, decisions, letters] = await Promise.all(
    ['/tasks?status=completed&limit=1', '/decisions?limit=1', '/dead-letters?limit=1'].map((path) => gateway.get<Rows<Listed>>(path)),
  )
  const first = (rows: Rows<Listed> | undefined): string => rows?.rows[0]?.id ?? 'nothing'
  const key = agent.actor.split('/').slice(2).join('/')
  const chart = 'troupe-chart svg .world'
  const compared = new URLSearchParams({ a: stage.compared.original, b: stage.compared.fork }).toString()
  return [
    { name: 'fleet', path: '/fleet', heading: 'Fleet', drawn: ['table[aria-label=Workers] .meter'] },
    { name: 'agents', path: '/agents', heading: 'Agents', drawn: ['table[aria-label=Actors] tbody tr'] },
    { name: 'agent', path: `/agents/${agent.actor}`, heading: key, drawn: [chart, '.side .diff'] },
    { name: 'moment', path: `/agents/${agent.actor}@3`, heading: key, drawn: [chart, '.past', '.side .diff .new', '.side .reasons'] },
    { name: 'tasks', path: '/tasks', heading: 'Tasks', drawn: ['table[aria-label=Tasks] tbody tr'] },
    { name: 'task', path: `/tasks/${first(tasks)}`, heading: first(tasks), drawn: ['svg[role=group]'] },
    { name: 'approval', path: `/tasks/${stage.waitingTask}`, heading: stage.waitingTask, drawn: ['.approval'] },
    { name: 'coordinator', path: '/coordinator', heading: 'Coordinator', drawn: ['table[aria-label=Decisions] tbody tr'] },
    { name: 'decision', path: `/coordinator/${first(decisions)}`, heading: 'Why', drawn: ['table.candidates tbody tr'] },
    { name: 'dead-letters', path: '/dead-letters', heading: 'Dead letters', drawn: ['table[aria-label=Causes] tbody tr'] },
    { name: 'letter', path: `/dead-letters/${first(letters)}`, heading: 'Dead letters', drawn: ['pre[aria-label="What was in it"]'] },
    { name: 'machines', path: '/machines', heading: 'Machines', drawn: ['table[aria-label=Machines] tbody tr'] },
    { name: 'machine', path: '/machines/task', heading: 'task', drawn: [chart] },
    { name: 'compare', path: `/compare?${compared}`, heading: 'An original and its fork', drawn: [chart, '.compare-found li'] },
    { name: 'alerts', path: '/alerts', heading: 'Alerts', drawn: ['table[aria-label=Alerts] tbody tr'] },
  ]
}

/** The names in the order of `viewsOf`, for tests that are written one a view. */
export const viewNames = [
  'fleet',
  'agents',
  'agent',
  'moment',
  'tasks',
  'task',
  'approval',
  'coordinator',
  'decision',
  'dead-letters',
  'letter',
  'machines',
  'machine',
  'compare',
  'alerts',
] as const

export async function openView(reader: Reader, name: string, wishes?: Wishes): Promise<{ readonly page: Page; readonly view: View }> {
  const view = (await viewsOf(reader)).find((one) => one.name === name)
  if (!view) throw new Error(`there is no view ${name}`)
  const page = await reader.open(view.path, wishes)
  for (const part of view.drawn) await page.locator(part).first().waitFor()
  return { page, view }
}

/** The turn after which it is paused: it was born in the first, and set in the second. */
export const pausedAt = 3

/** An actor of a test's own that has states, takes events, and does nothing by itself for hours. */
export async function makeSchedule({ gateway }: Reader, key: string): Promise<string> {
  const actor = `main/schedule/${key}`
  await gateway.post(`${actorPath(actor)}/events`, {
    event: {
      type: 'schedule.set',
      target: 'main/conversation/nobody',
      event: { type: 'conversation.read' },
      when: { everyMs: 3_600_000 },
    },
  })
  for (const type of ['schedule.pause', 'schedule.resume', 'schedule.describe'])
    await gateway.post(`${actorPath(actor)}/events`, { event: { type } })
  await expect
    .poll(async () => (await gateway.get<{ readonly turn: number }>(actorPath(actor))).turn, { timeout: waitMsMax })
    .toBeGreaterThanOrEqual(pausedAt + 2)
  return actor
}
