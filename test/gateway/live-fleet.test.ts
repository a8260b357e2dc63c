import { afterAll, beforeAll, expect, test } from 'vitest'
import { rollupMs, type Rollup } from '../../runtime/rollup.ts'
import { buckets } from '../../runtime/tally.ts'
import { lineOf } from '../../services/gateway/live/fleet-rollup.ts'
import { openPage, startStage, type Frame, type Stage } from './live-stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

const said = (frame: Frame, field: string): unknown => frame.rows.map((row) => row[field])

test('the topic fleet has a row for each worker that spoke and one for all, with rates, times and how its process fares', async () => {
  const gateway = await stage.gateway()
  const page = await openPage(gateway)
  page.say({ sub: 'fleet' })
  await page.until(({ topic }) => topic === 'fleet')
  for (let n = 0; n < 20; n++) await stage.client.ask('main/lamp/a', { type: 'add', n: 1 })
  const frame = await page.until((one) =>
    one.rows.some(({ worker, types }) => worker === '*' && types !== undefined && 'lamp' in (types as object)),
  )
  expect(said(frame, 'worker')).toContain(stage.worker.id)
  const row = frame.rows.find(({ worker }) => worker === stage.worker.id)
  expect(row).toMatchObject({
    perSecond: { turns: expect.any(Number), failures: 0 },
    types: { lamp: { turns: expect.any(Number) } },
    waitMs: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
    turnMs: { p50: expect.any(Number) },
    rssBytes: expect.any(Number),
    loopLateMs: expect.any(Number),
    processorShare: expect.any(Number),
  })
  await page.close()
  await gateway.close()
})

test('the topic of a machine says which edges were taken and which states entered since somebody listens', async () => {
  const gateway = await stage.gateway()
  const page = await openPage(gateway)
  page.say({ sub: 'machine/lamp' })
  await page.until(({ topic }) => topic === 'machine/lamp')
  for (let n = 0; n < 3; n++) await stage.client.send('main/lamp/heat', { type: 'turn' })
  const { rows } = await page.until((frame) =>
    frame.rows.some(({ entered }) => (entered as Record<string, number> | undefined)?.['lamp.on'] === 2),
  )
  expect(rows).toMatchObject([
    {
      type: 'lamp',
      version: '1',
      edges: { 'lamp.off|turn|0': 2, 'lamp.on|turn|0': 1 },
      entered: { 'lamp.on': 2 },
    },
  ])
  await page.close()
  await gateway.close()
})

test('a dead letter is told as it is stored: who, why and what, not what was in it', async () => {
  const gateway = await stage.gateway()
  const page = await openPage(gateway)
  page.say({ sub: 'dead-letters' })
  page.say({ sub: 'dead-letters?type=other' })
  await page.until(({ topic }) => topic === 'dead-letters?type=other')
  await stage.client.send('main/lamp/breaks', { type: 'break', secret: 'sesame' })
  const { events } = await page.until((frame) => frame.events.length > 0)
  expect(events).toMatchObject([
    { actor: 'main/lamp/breaks', code: 'TR_TURN_FAILED', cause: 'Error: the bulb broke', type: 'break', at: expect.any(Number) },
  ])
  expect(JSON.stringify(page.frames)).not.toContain('sesame')
  expect(page.frames.filter(({ topic, events: told }) => topic === 'dead-letters?type=other' && told.length > 0)).toEqual([])
  await page.close()
  await gateway.close()
})

test('decisions are told as the facts of coordinators, of one task if so asked, and secrets in them are hidden', async () => {
  const gateway = await stage.gateway()
  const page = await openPage(gateway)
  page.say({ sub: 'decisions?task=t1' })
  await page.until(({ topic }) => topic === 'decisions?task=t1')
  for (const taskId of ['t0', 't1'])
    await stage.client.send('main/coordinator/s0', {
      type: 'fact',
      fact: { type: 'decision.made', taskId, chosen: [{ arm: 'researcher@small' }], request: { apiKey: 'mine' } },
    })
  const { events } = await page.until((frame) => frame.events.length > 0)
  expect(events).toMatchObject([{ actor: 'main/coordinator/s0', type: 'decision.made', taskId: 't1', request: { apiKey: '[redacted]' } }])
  await page.close()
  await gateway.close()
})

test('who listens to a task hears the agents that begin to work for it', async () => {
  const gateway = await stage.gateway()
  const page = await openPage(gateway)
  page.say({ sub: 'task/t1' })
  await page.until(({ topic }) => topic === 'task/t1')
  await stage.client.ask('main/lamp/worker', { type: 'add', n: 1 })
  await stage.client.send('main/task/t1', { type: 'fact', fact: { type: 'task.assigned', agentActor: 'main/lamp/worker' } })
  await page.until((frame) => frame.events.some(({ actor }) => actor === 'main/task/t1'))
  for (;;) {
    await stage.client.ask('main/lamp/worker', { type: 'add', n: 1 })
    if (page.frames.some((frame) => frame.events.some(({ actor }) => actor === 'main/lamp/worker'))) break
  }
  expect(page.frames.every(({ topic }) => topic === 'task/t1')).toBe(true)
  await page.close()
  await gateway.close()
})

test('alerts are told when they come and when they go', async () => {
  let alerts: readonly { readonly id: string; readonly title?: string }[] = [{ id: 'a', title: 'first' }]
  const gateway = await stage.gateway({ alerts: () => Promise.resolve(alerts), limits: { alertsEveryMs: 20 } })
  const page = await openPage(gateway)
  page.say({ sub: 'alerts' })
  expect((await page.until(({ rows }) => rows.length > 0)).rows).toEqual([{ id: 'a', title: 'first' }])
  alerts = [{ id: 'b' }]
  const changed = await page.until(({ rows }) => rows.some(({ id }) => id === 'b'))
  expect(changed.rows).toEqual([{ id: 'b' }, { id: 'a', gone: true }])
  await page.close()
  await gateway.close()
})

test('the same frames come as server-sent events, and go on after the id that was heard last', async () => {
  const gateway = await stage.gateway()
  await stage.client.ask('main/lamp/stream', { type: 'add', n: 1 })
  const address = `${gateway.url}/v1/live/events?topic=${encodeURIComponent('actor/main/lamp/stream')}`
  const first = await openStream(address)
  await first.until((text) => text.includes('"topic"'))
  await stage.client.ask('main/lamp/stream', { type: 'add', n: 1 })
  await first.until((text) => text.includes('"turn":3'))
  const id = /id: (\d+)\n[^\n]*"events":\[\{[^\n]*"turn":3/.exec(first.text())?.[1] ?? ''
  await first.close()
  for (let n = 0; n < 3; n++) await stage.client.ask('main/lamp/stream', { type: 'add', n: 1 })
  const second = await openStream(address, { 'Last-Event-ID': id })
  await second.until((text) => text.includes('"turn":6'))
  const turns = [...second.text().matchAll(/"kind":"transition","actor":"main\/lamp\/stream","turn":(\d+)/g)].map(([, turn]) =>
    Number(turn),
  )
  expect(turns).toEqual([4, 5, 6])
  expect(second.text()).not.toContain('"gap"')
  await gateway.close() // ends the stream as well
  await second.ended
})

test('a stream of no topic, or of one that does not exist, is refused before it begins', async () => {
  const gateway = await stage.gateway()
  expect((await fetch(`${gateway.url}/v1/live/events`)).status).toBe(400)
  expect((await fetch(`${gateway.url}/v1/live/events?topic=weather`)).status).toBeGreaterThanOrEqual(400)
  await gateway.close()
})

test('the line of a fleet is the sum of what its workers say, each over its own time', () => {
  const counts = { turns: 100, failures: 1, deadLetters: 2, effects: 10 }
  const rollup = (forMs: number, times: Record<number, number>): Rollup => ({
    worker: 'w',
    at: 0,
    forMs,
    total: counts,
    types: { lamp: counts },
    machines: [],
    waitTimes: times,
    turnTimes: {},
    pulse: { rssBytes: 1, heapBytes: 1, loopLateMs: 0, processorShare: 0 },
  })
  const line = lineOf([rollup(rollupMs, { 10: 90 }), rollup(2 * rollupMs, { 10: 5, 20: 5 })])
  expect(line).toMatchObject({
    perSecond: { turns: 150, failures: 1.5, deadLetters: 3, effects: 15 },
    types: { lamp: { turns: 150 } },
    waitTimes: { 10: 95, 20: 5 },
    waitMs: { p50: 1.024, p95: 1.024, p99: 1_048.576 },
  })
  expect(line.turnMs).toBeUndefined()
  expect(Object.keys(line.waitTimes).every((bucket) => Number(bucket) < buckets)).toBe(true)
})

async function openStream(address: string, headers: Record<string, string> = {}) {
  const aborts = new AbortController()
  const response = await fetch(address, { headers, signal: aborts.signal })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  let text = ''
  const waiting: (() => void)[] = []
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true })
      for (const look of waiting.splice(0)) look()
    }
  }
  const ended = read().catch((error: unknown) => {
    if (!aborts.signal.aborted) throw error
  })
  return {
    text: () => text,
    until: async (is: (text: string) => boolean): Promise<void> => {
      while (!is(text)) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    ended,
    close: async () => {
      aborts.abort()
      await ended
    },
  }
}
