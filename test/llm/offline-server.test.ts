import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from 'vitest'
import { faultHeader, startOfflineModel, type OfflineModel, type OfflineModelOptions } from '../../services/llm/offline/server.ts'

let server: OfflineModel | undefined
const start = async (options: OfflineModelOptions = {}): Promise<string> => {
  server = await startOfflineModel(options)
  return server.url
}
afterEach(() => server?.close())

const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers })
const chat = {
  model: 'offline-extractive',
  messages: [{ role: 'user', content: 'Who?\nText:\nMary Ann Evans wrote the novel. Who else?' }],
}

describe('the offline server', () => {
  test('answers in one piece as it does in a stream', async () => {
    const url = await start()
    const whole: unknown = await (await post(`${url}/chat/completions`, chat)).json()
    expect(whole).toMatchObject({
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: expect.any(String) }, finish_reason: 'stop' }],
      usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number), total_tokens: expect.any(Number) },
    })
    const stream = await (await post(`${url}/chat/completions`, { ...chat, stream: true })).text()
    expect(stream).toMatch(/\n\ndata: \[DONE\]\n\n$/)
    expect(stream).not.toContain('usage')
    const usage = await (await post(`${url}/chat/completions`, { ...chat, stream: true, stream_options: { include_usage: true } })).text()
    expect(usage).toMatch(/"choices":\[\],"usage":\{"prompt_tokens"/)
  })

  test('cuts an answer at max_tokens and says so', async () => {
    const url = await start()
    const cut: unknown = await (await post(`${url}/chat/completions`, { ...chat, max_tokens: 2 })).json()
    expect(cut).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 2 } })
  })

  test('gives embeddings as numbers and as base64, the same', async () => {
    const url = await start()
    const asked = { model: 'offline-lexical', input: 'one text', dimensions: 16 }
    const plain = JSON.stringify(await (await post(`${url}/embeddings`, asked)).json())
    const packed = JSON.stringify(await (await post(`${url}/embeddings`, { ...asked, encoding_format: 'base64' })).json())
    const numbers: unknown = JSON.parse(/"embedding":(\[[^\]]*\])/.exec(plain)?.[1] ?? '')
    const bytes = Buffer.from(/"embedding":"([^"]*)"/.exec(packed)?.[1] ?? '', 'base64')
    expect(Array.from({ length: 16 }, (_, at) => bytes.readFloatLE(at * 4))).toEqual(numbers)
  })

  test.each([
    ['a body that is no JSON', '/chat/completions', '{', 400],
    ['a request without messages', '/chat/completions', { model: 'offline-extractive', messages: [] }, 400],
    ['two choices', '/chat/completions', { ...chat, n: 2 }, 400],
    ['an unknown model', '/chat/completions', { ...chat, model: 'gpt-6-luna' }, 404],
    ['a chat beyond its limit', '/chat/completions', { ...chat, messages: [{ role: 'user', content: 'x'.repeat(600_000) }] }, 400],
    ['a text too long to embed', '/embeddings', { model: 'offline-lexical', input: ['x'.repeat(40_000)] }, 400],
    ['an unknown path', '/images', {}, 404],
  ])('refuses %s with an error body', async (_what, path, body, status) => {
    const refused = await post(`${await start()}${path}`, body)
    expect(refused.status).toBe(status)
    expect(await refused.json()).toMatchObject({ error: { message: expect.any(String), type: 'invalid_request_error' } })
  })

  test('takes faults over HTTP, by number, by request and by chance, the same for the same seed', async () => {
    const statuses = async (seed: number): Promise<number[]> => {
      const url = await start({ seed })
      await post(new URL('/faults', url).href, [{ status: 503, probability: 0.5 }])
      const seen: number[] = []
      for (let n = 0; n < 12; n++) seen.push((await post(`${url}/chat/completions`, chat)).status)
      await server?.close()
      server = undefined
      return seen
    }
    const first = await statuses(5)
    expect(new Set(first)).toEqual(new Set([200, 503]))
    expect(await statuses(5)).toEqual(first)

    const url = await start()
    await post(new URL('/faults', url).href, { status: 429, retryAfterMs: 2500, next: 1 })
    const limited = await post(`${url}/chat/completions`, chat)
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '3'])
    expect((await post(`${url}/chat/completions`, chat)).status).toBe(200)
    expect((await post(`${url}/chat/completions`, chat, { [faultHeader]: '{"status":500}' })).status).toBe(500)
    expect((await post(new URL('/faults', url).href, { status: 200, next: 1 })).status).toBe(400)
  })

  test('asks for its key where it has one', async () => {
    const url = await start({ apiKey: 'right' })
    expect((await fetch(`${url}/models`)).status).toBe(401)
    const listed = await fetch(`${url}/models`, { headers: { authorization: 'Bearer right' } })
    expect(await listed.json()).toMatchObject({ data: [{ id: 'offline-extractive' }, { id: 'offline-lexical' }] })
  })

  test('says which port it could not have', async () => {
    const port = Number(new URL(await start()).port)
    await expect(startOfflineModel({ port })).rejects.toMatchObject({
      code: 'TR_LLM_NOT_CONFIGURED',
      message: expect.stringContaining(`${port}`),
    })
  })

  test('closes though a request hangs', async () => {
    const url = await start({ faults: [{ hang: true, probability: 1 }] })
    const hanging = post(`${url}/chat/completions`, chat).catch((error: unknown) => error)
    await expect.poll(() => server?.journal().active).toBe(1)
    await server?.close()
    server = undefined
    expect(await hanging).toBeInstanceOf(Error)
  })
})

test('the offline server as a process says where it is, answers, and ends with its parent', async () => {
  const program = new URL('../../services/llm/offline/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, '--exit-with-parent', '--seed', '4'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [line]: string[] = await once(createInterface(child.stdout), 'line')
  const said: unknown = JSON.parse(line ?? '')
  expect(said).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/), pid: child.pid })
  const url = /"url":"([^"]+)"/.exec(line ?? '')?.[1] ?? ''
  expect((await post(`${url}/chat/completions`, chat)).status).toBe(200)
  child.stdin.end()
  expect(await ended).toEqual([0, null])
})
