// Offline model server
// An HTTP server on loopback that speaks OpenAI's chat completions and embeddings, so that the whole system runs without a network, a key
// or a bill. What its models do: agent.ts, lexical-vector.ts. Not a language model, and it never claims to be one.
//
// H1. Every API request whose body and fault could be read ends as exactly one journal entry.
// H2. A client that leaves stops its own request at once; closing the server ends every request.
// H3. It listens on loopback only, and reads at most `bodyBytesMax` of a request.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { LlmNotConfigured } from '../errors.ts'
import { completionOf } from './completion.ts'
import { embeddingsOf } from './embeddings.ts'
import { decodeFault, decodeFaultRules, faultsOf, type Fault, type FaultRule, type Faults } from './faults.ts'
import { offlineChatModel, offlineEmbeddingModel } from './models.ts'
import { requestJournal, type JournalPage, type Outcome, type RequestJournal, type Tokens } from './journal.ts'
import { ApiRefusal, chatRequest, chatTokensMax, decode, embeddingRequest, inputTokensOf } from './protocol.ts'

export const bodyBytesMax = 16 * 1024 * 1024
/** A request's own fault, as JSON. */
export const faultHeader = 'x-offline-fault'

export interface OfflineModelOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** For faults, and for requests that give none. Default 1. */
  readonly seed?: number
  /** Wait before every answer. Default 0. */
  readonly delayMs?: number
  /** Wait between the chunks of every stream. Default 0. */
  readonly chunkDelayMs?: number
  /** Requests must carry this key. Default: any key, or none. */
  readonly apiKey?: string | undefined
  readonly faults?: readonly FaultRule[]
}

export interface OfflineModel {
  /** The base URL for clients of the API, ending in `/v1`. */
  readonly url: string
  journal(): JournalPage
  addFaults(...rules: readonly FaultRule[]): void
  close(): Promise<void>
}

/** Starts the server; resolves when it listens. Rejects `LlmNotConfigured` when the port cannot be had. */
export async function startOfflineModel(options: OfflineModelOptions = {}): Promise<OfflineModel> {
  const seed = options.seed ?? 1
  const state: State = { options, seed, faults: faultsOf(options.faults ?? [], seed), journal: requestJournal() }
  const server = createServer((request, response) => void serve(state, request, response))
  const port = options.port ?? 0
  try {
    server.listen(port, '127.0.0.1') // H3
    await once(server, 'listening')
  } catch (cause) {
    throw new LlmNotConfigured(`starting the offline model server: port ${port} cannot be had; free it or leave it out`, { cause })
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a server on a TCP port has an address with a port')
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    journal: () => state.journal.page(),
    addFaults: (...rules) => state.faults.add(rules),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections() // H2
      await closed
    },
  }
}

interface State {
  readonly options: OfflineModelOptions
  readonly seed: number
  readonly faults: Faults
  readonly journal: RequestJournal
}

/** One request to the API on its way. */
interface Exchange {
  readonly response: ServerResponse
  /** Aborted when the client has left. */
  readonly gone: AbortSignal
  readonly fault: Fault
  readonly authorization: string | undefined
  readonly body: string
  model: string | undefined
  /** What the answer costs; known once it is made. */
  tokens: Tokens
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const leaving = new AbortController()
  response.once('close', () => leaving.abort())
  const { pathname } = new URL(request.url ?? '/', 'http://loopback')
  const route = `${request.method} ${pathname.replace(/\/+$/, '')}`
  try {
    const body = await bodyOf(request)
    const answer = apis[route]
    if (answer === undefined) return sendJson(response, 200, control(state, route, body, request.headers.authorization))
    const given = request.headers[faultHeader]
    const fault = typeof given === 'string' ? decode(decodeFault, given) : state.faults.draw()
    const exchange: Exchange = {
      response,
      gone: leaving.signal,
      fault,
      authorization: request.headers.authorization,
      body,
      model: undefined,
      tokens: { inputTokens: 0, outputTokens: 0 },
    }
    state.journal.begin()
    const outcome = await outcomeOf(state, exchange, answer)
    state.journal.add({
      at: Date.now(),
      path: pathname,
      model: exchange.model,
      idempotencyKey: headerOf(request, 'idempotency-key'),
      correlation: headerOf(request, 'x-client-request-id'),
      outcome,
      status: response.statusCode,
      ...exchange.tokens,
    }) // H1
  } catch (cause) {
    refuse(response, cause)
  }
}

const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    bytes += part.length
    if (bytes > bodyBytesMax) throw new ApiRefusal(413, `The body is larger than ${bodyBytesMax} bytes.`, null, { connection: 'close' }) // H3
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

type Api = (state: State, exchange: Exchange) => Promise<Outcome>

const apis: Readonly<Record<string, Api>> = {
  'POST /v1/chat/completions': chat,
  'POST /v1/embeddings': embed,
}

/** Runs the request with its fault, to one of the ways it can end. */
async function outcomeOf(state: State, exchange: Exchange, api: Api): Promise<Outcome> {
  const { fault, gone, response } = exchange
  try {
    const delayMs = (state.options.delayMs ?? 0) + (fault.delayMs ?? 0)
    if (delayMs > 0) await sleep(delayMs, undefined, { signal: gone })
    if (fault.hang && !gone.aborted) await once(gone, 'abort')
    if (gone.aborted) return 'left'
    checkKey(state, exchange.authorization)
    if (fault.status !== undefined) throw faultRefusal(fault.status, fault.retryAfterMs)
    return await api(state, exchange)
  } catch (cause) {
    if (gone.aborted) return 'left' // H2
    refuse(response, cause)
    return 'refused'
  }
}

function checkKey({ options: { apiKey } }: State, authorization: string | undefined): void {
  if (apiKey === undefined || authorization === `Bearer ${apiKey}`) return
  throw new ApiRefusal(401, 'Incorrect API key provided.', 'invalid_api_key')
}

function faultRefusal(status: number, retryAfterMs: number | undefined): ApiRefusal {
  const wait =
    retryAfterMs === undefined ? {} : { 'retry-after-ms': String(retryAfterMs), 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
  if (status === 429) return new ApiRefusal(429, 'Rate limit reached, as asked for.', 'rate_limit_exceeded', wait)
  return new ApiRefusal(status, `Status ${status}, as asked for.`, null, wait)
}

async function chat(state: State, exchange: Exchange): Promise<Outcome> {
  const request = decode(chatRequest, exchange.body)
  exchange.model = knownModel(request.model, offlineChatModel)
  if (inputTokensOf(request) > chatTokensMax) {
    throw new ApiRefusal(
      400,
      `The chat has more than ${chatTokensMax} tokens, which is the limit of this model.`,
      'context_length_exceeded',
    )
  }
  const completion = completionOf(request, request.seed ?? state.seed, exchange.fault)
  exchange.tokens = completion.tokens
  if (request.stream) return sendStream(state, exchange, completion.chunks)
  return sendAnswer(exchange, completion.body)
}

async function embed(_state: State, exchange: Exchange): Promise<Outcome> {
  const request = decode(embeddingRequest, exchange.body)
  exchange.model = knownModel(request.model, offlineEmbeddingModel)
  const answer = embeddingsOf(request, exchange.fault)
  exchange.tokens = answer.tokens
  return sendAnswer(exchange, answer.body)
}

function knownModel(model: string, known: string): string {
  if (model === known) return model
  throw new ApiRefusal(404, `The model '${model}' does not exist here; this endpoint has '${known}'.`, 'model_not_found')
}

function sendAnswer({ response, fault }: Exchange, body: object): Outcome {
  if (fault.garbage !== 'wire') sendJson(response, 200, body)
  else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body).slice(0, -1))
  return 'answered'
}

async function sendStream({ options }: State, { response, fault, gone }: Exchange, chunks: readonly object[]): Promise<Outcome> {
  const chunkDelayMs = (options.chunkDelayMs ?? 0) + (fault.chunkDelayMs ?? 0)
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  response.flushHeaders()
  for (const [sent, chunk] of chunks.entries()) {
    if (sent === fault.cutAfterChunks) return cutOff(response, fault)
    if (chunkDelayMs > 0) await sleep(chunkDelayMs, undefined, { signal: gone })
    const text = JSON.stringify(chunk)
    await write(response, `data: ${fault.garbage === 'wire' && sent > 0 ? text.slice(0, -2) : text}\n\n`, gone)
  }
  response.end('data: [DONE]\n\n')
  return 'answered'
}

async function cutOff(response: ServerResponse, { cutCleanly }: Fault): Promise<Outcome> {
  if (cutCleanly) response.end()
  else response.destroy()
  return 'cut'
}

async function write(response: ServerResponse, text: string, gone: AbortSignal): Promise<void> {
  gone.throwIfAborted()
  if (!response.write(text)) await once(response, 'drain', { signal: gone })
}

/** What is there beside the API: the list of models, the journal, the faults. */
function control(state: State, route: string, body: string, authorization: string | undefined): object {
  if (route.startsWith('GET /v1/models')) checkKey(state, authorization)
  switch (route) {
    case 'GET /v1/models':
      return { object: 'list', data: models }
    case 'GET /journal':
      return state.journal.page()
    case 'DELETE /journal':
      state.journal.clear()
      return { ok: true }
    case 'POST /faults':
      state.faults.add(decode(decodeFaultRules, body))
      return { ok: true }
    case 'DELETE /faults':
      state.faults.clear()
      return { ok: true }
    default: {
      const model = models.find(({ id }) => route === `GET /v1/models/${id}`)
      if (model === undefined) throw new ApiRefusal(404, `There is nothing at '${route}'.`, null)
      return model
    }
  }
}

const models = [offlineChatModel, offlineEmbeddingModel].map((id) => ({ id, object: 'model', created: 0, owned_by: 'offline' }))

function sendJson(response: ServerResponse, status: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function refuse(response: ServerResponse, cause: unknown): void {
  if (response.destroyed) return
  if (response.headersSent) return void response.destroy()
  const message = cause instanceof Error ? cause.message : String(cause)
  const refusal = cause instanceof ApiRefusal ? cause : new ApiRefusal(500, `The offline model failed: ${message}`, null)
  sendJson(response, refusal.status, refusal.body, refusal.headers)
}
