// The gateway dies under the page.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { connectNats } from '../../runtime/nats/index.ts'
import { otherGateway } from './other-gateway.ts'
import { makeSchedule, test } from './reader.ts'

/** What it printed when it was ready, the last time that it was. */
function gatewayPid(data: string): number {
  const said = readFileSync(join(data, 'gateway.log'), 'utf8')
  return Number([...said.matchAll(/^\{"gateway":.*"pid":(\d+)/gm)].at(-1)?.[1])
}

test('a page whose gateway was killed says that it is stale, goes on by itself, and shows what it missed', async ({ reader }) => {
  const { stage } = reader
  const actor = await makeSchedule(reader, 'outage')
  const page = await reader.open(`/agents/${actor}`)
  const fleet = await reader.open('/fleet')
  for (const one of [page, fleet]) await one.locator('.live-line.live').waitFor()
  await expect.poll(() => page.locator('.agent-state').innerText(), { timeout: 20_000 }).toBe('waiting')
  const pid = gatewayPid(stage.data)
  process.kill(pid, 'SIGKILL')
  await Promise.all([page, fleet].map((one) => one.locator('.live-line.stale', { hasText: 'connection lost' }).waitFor()))
  const connection = await connectNats({ servers: stage.nats, name: 'test:web' })
  connection.publish(`troupe.send.${actor.replaceAll('/', '.')}`, JSON.stringify({ type: 'schedule.pause' }))
  await connection.drain()
  await Promise.all([page, fleet].map((one) => one.locator('.live-line.live').waitFor({ timeout: 40_000 })))
  await expect.poll(() => page.locator('.agent-state').innerText(), { timeout: 20_000 }).toBe('paused')
  expect(gatewayPid(stage.data)).not.toBe(pid)
  await fleet.locator('table[aria-label=Workers] tbody tr').first().waitFor()
  expect(await fleet.locator('.nothing.failed').count()).toBe(0)
  reader.forgive(/net::ERR_|WebSocket connection/)
})

test('a page whose gateway came back with another version of it says so, and is the new one after a click', async ({ reader }) => {
  const gateway = await otherGateway(reader.stage)
  const page = await reader.open('/alerts', { url: gateway.url })
  const stale = page.locator('.outdated')
  await page.locator('.live-line.live').waitFor()
  await gateway.kill()
  await page.locator('.live-line.stale').waitFor()
  await gateway.start()
  await page.locator('.live-line.live').waitFor({ timeout: 40_000 })
  expect(await stale.count()).toBe(0) // it is the same one
  await page.route(`${gateway.url}/`, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: (await answer.text()).replace(/app\.js\?v=\w+/, 'app.js?v=another') })
  })
  await gateway.kill()
  await page.locator('.live-line.stale').waitFor()
  await gateway.start()
  await stale.waitFor({ timeout: 40_000 })
  await page.unroute(`${gateway.url}/`)
  await stale.getByRole('button', { name: 'Load the page again' }).click()
  await page.locator('.live-line.live').waitFor()
  expect(await stale.count()).toBe(0)
  reader.forgive(/net::ERR_|WebSocket connection/)
})
