// Settings
// Every setting of every process, from the environment, checked once: a bad value stops the start with its name.
// docs/configuration.md has one row for each.
import { z } from 'zod'
import { TroupeError } from '../runtime/errors.ts'

const port = z.coerce.number().int().min(0).max(65_535)
const url = z.string().min(1).optional()
const deployment = z
  .string()
  .regex(/^[\w.-]{1,64}@\d{1,12}$/, 'must be a name and a rank, such as 2026-11-20@7')
  .transform((text) => ({ id: text.slice(0, text.indexOf('@')), rank: Number(text.slice(text.indexOf('@') + 1)) }))

const perMinute = z.coerce.number().int().min(1).max(10_000_000)
const limit = z.int().min(1)
const rate = z.strictObject({ count: limit, perMs: limit, burst: limit.exactOptional() })
const keyLimits = z.strictObject({ concurrency: limit.exactOptional(), rate: rate.exactOptional() })
const effectPools = z.record(z.string().min(1), z.strictObject({ concurrency: limit.optional(), perKey: keyLimits.optional() }))

const schema = z.object({
  /** Servers that run already, instead of the embedded ones. */
  NATS_URL: url,
  DATABASE_URL: url,
  QDRANT_URL: url,
  QDRANT_API_KEY: z.string().optional(),
  /** Streams and subjects begin with it. */
  TROUPE_NAMESPACE: z.string().default('troupe'),
  TROUPE_TENANT: z.string().default('main'),
  /** Where the embedded servers and the vector memory keep their files. */
  TROUPE_DATA: z.string().default('.data'),
  /** How the embedded NATS keeps what it has acknowledged: see nats.conf. */
  TROUPE_PROFILE: z.enum(['fast', 'strict']).default('fast'),
  TROUPE_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
  /** Folders whose files a worker's agents may read, the path delimiter between them. */
  TROUPE_ROOTS: z.string().default('.'),
  /** Prometheus endpoint of a worker; 0 takes a free port, unset means none. */
  TROUPE_METRICS_PORT: port.optional(),
  /** Where the gateway listens; unset: 4280, or a free port when that is taken. */
  TROUPE_GATEWAY_HOST: z.string().default('127.0.0.1'),
  TROUPE_GATEWAY_PORT: port.optional(),
  /** `required`: callers say who they are on loopback as well, as behind a proxy. */
  TROUPE_GATEWAY_ACCESS: z.enum(['auto', 'required']).default('auto'),
  /** Origins of pages elsewhere that may call the gateway, a comma between them. */
  TROUPE_GATEWAY_ORIGINS: z.string().optional(),
  TROUPE_GATEWAY_CALLER_PER_MINUTE: perMinute.default(3_000),
  TROUPE_GATEWAY_TENANT_PER_MINUTE: perMinute.default(12_000),
  TROUPE_GATEWAY_UNKNOWN_PER_MINUTE: perMinute.default(60),
  /** Tokens (JWT): the public keys of their issuer, from an address or a file, who that is, and for whom tokens are made. */
  TROUPE_JWKS_URL: url,
  TROUPE_JWKS_FILE: z.string().optional(),
  TROUPE_JWT_ISSUER: z.string().optional(),
  TROUPE_JWT_AUDIENCE: z.string().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url,
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: url,
  OPENAI_MODEL: z.string().optional(),
  OPENAI_EMBEDDING_MODEL: z.string().optional(),
  OPENAI_EMBEDDING_DIMENSIONS: z.coerce.number().int().min(1).max(8_192).optional(),
  /** What a model call counts for in budgets when its model has no price. */
  TROUPE_UNPRICED_CALL_USD: z.coerce.number().min(0).max(1_000).default(0.05),
  /** Set by `troupe dev` for its processes: where the built-in offline model listens. */
  TROUPE_OFFLINE_MODEL_URL: url,
  TROUPE_WORKER_ID: z.string().optional(),
  /** A worker whose event loop is blocked for longer ends itself; 0 never. */
  TROUPE_BLOCKED_MS_MAX: z.coerce.number().int().min(0).default(10_000),
  /** Limits of a worker's effect pools, as JSON: docs/flow-control.md. */
  TROUPE_EFFECT_POOLS: z.string().transform(parseJson).pipe(effectPools).optional(),
  /** Which release a worker is of: `name@rank`; workers of the highest rank own the partitions. */
  TROUPE_DEPLOYMENT: deployment.optional(),
})

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' })
    return z.NEVER
  }
}

export type Settings = z.infer<typeof schema>

export class SettingInvalid extends TroupeError {
  readonly code = 'TR_SETTING_INVALID'
  readonly retryable = false
}

/** Throws SettingInvalid naming every bad variable. An empty variable counts as unset. */
export function settingsOf(environment: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([name, value]) => value !== '' && name in schema.shape))
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new SettingInvalid(`reading the environment: ${faults.join('; ')}`)
}

/** A setting that this process cannot do without. */
export function required(settings: Settings, name: 'NATS_URL' | 'DATABASE_URL'): string {
  const value = settings[name]
  if (value === undefined)
    throw new SettingInvalid(`${name} is not set; \`troupe dev\` sets it for its own servers, in production the deployment does`)
  return value
}
