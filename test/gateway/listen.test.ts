import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { listen, portDefault } from '../../services/gateway/listen.ts'

const host = '127.0.0.1'

function server() {
  const made = fastify()
  onTestFinished(() => made.close())
  return made
}

test('without a port the usual one is taken, or a free one where that is not free', async () => {
  const urls = [await listen(server(), { TROUPE_GATEWAY_HOST: host }), await listen(server(), { TROUPE_GATEWAY_HOST: host })]
  const ports = urls.map((url) => Number(new URL(url).port))
  expect(new Set(ports).size).toBe(2)
  expect(ports[1]).not.toBe(portDefault)
})

test('a port that was asked for and is taken is refused, and says which', async () => {
  const taken = Number(new URL(await listen(server(), { TROUPE_GATEWAY_HOST: host, TROUPE_GATEWAY_PORT: 0 })).port)
  await expect(listen(server(), { TROUPE_GATEWAY_HOST: host, TROUPE_GATEWAY_PORT: taken })).rejects.toMatchObject({
    code: 'TR_GATEWAY_LISTEN_FAILED',
    message: expect.stringContaining(`${host}:${taken}`),
  })
})

test('an address of another machine is refused', async () => {
  await expect(listen(server(), { TROUPE_GATEWAY_HOST: '192.0.2.1' })).rejects.toMatchObject({ code: 'TR_GATEWAY_LISTEN_FAILED' })
})
