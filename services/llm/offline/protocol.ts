// Protocol
// The part of OpenAI's HTTP API that the offline server speaks: what it reads, and how it says no.
import { z } from 'zod'

const textPart = z.object({ type: z.literal('text'), text: z.string() })
const content = z.union([z.string(), z.array(textPart).transform((parts) => parts.map((part) => part.text).join('\n'))])

const chatMessage = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer', 'user']), content }),
  z.object({
    role: z.literal('assistant'),
    content: content.nullish(),
    tool_calls: z.array(z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) })).optional(),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string(), content }),
])

const jsonSchema = z.record(z.string(), z.unknown())

const tool = z.object({
  type: z.literal('function'),
  function: z.object({ name: z.string().min(1), description: z.string().default(''), parameters: jsonSchema.default({}) }),
})

export const chatRequest = z.object({
  model: z.string(),
  messages: z.array(chatMessage).min(1),
  tools: z.array(tool).optional(),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), z.object({ function: z.object({ name: z.string() }) })]).optional(),
  response_format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({ type: z.literal('json_schema'), json_schema: z.object({ name: z.string(), schema: jsonSchema.default({}) }) }),
    ])
    .optional(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  seed: z.int().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  n: z.literal(1, 'this model gives one choice').nullish(),
})

export const embeddingRequest = z.object({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()).min(1).max(2048)]).transform((input) => (typeof input === 'string' ? [input] : input)),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  dimensions: z.int().min(8).max(4096).optional(),
})

export type ChatRequest = z.infer<typeof chatRequest>
export type ChatMessage = ChatRequest['messages'][number]
export type OfferedTool = NonNullable<ChatRequest['tools']>[number]['function']

/** A refusal, in the shape OpenAI gives it. */
export class ApiRefusal extends Error {
  readonly status: number
  readonly body: { readonly error: { readonly message: string; readonly type: string; readonly param: null; readonly code: string | null } }
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, code: string | null, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.body = { error: { message, type: typeOf(status), param: null, code } }
    this.headers = headers
  }
}

function typeOf(status: number): string {
  if (status === 429) return 'requests'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}

/** Reads a request body by its schema, or refuses it with 400. */
export function decode<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ApiRefusal(400, 'The body of the request is not valid JSON.', null)
  }
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const fault = read.error.issues[0]
  throw new ApiRefusal(400, `Invalid value for '${fault?.path.join('.') ?? ''}': ${fault?.message ?? 'unknown'}.`, null)
}

const charactersPerToken = 4

/** The server's estimate: four characters a token, rounded up. It is not a tokenizer's count. */
export const tokensOf = (text: string): number => Math.ceil(text.length / charactersPerToken)

/** Tokens of a whole chat, and of one text to embed: more is refused, as a real model does. */
export const chatTokensMax = 128_000
export const embeddingTokensMax = 8192

/** What a chat request costs to read: everything that a model would be shown. */
export const inputTokensOf = ({ messages, tools, response_format }: ChatRequest): number =>
  tokensOf(JSON.stringify([messages, tools ?? [], response_format ?? {}]))
