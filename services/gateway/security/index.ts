// Security
// The gateway's guard, made from its settings. main.ts asks for it before it listens, so that what is configured wrongly never listens.
import type { Logger } from '../../../runtime/telemetry.ts'
import { hasActiveApiKey } from '../../history/api-keys.ts'
import { readAuditHead } from '../../history/audit-chain.ts'
import type { Database } from '../../history/database.ts'
import type { Settings } from '../../settings.ts'
import { exposureOf, type Exposure } from './exposure.ts'
import { openGuard, type SecurityGuard } from './guard.ts'
import { openTokens, type Tokens } from './tokens.ts'

export interface Security {
  readonly guard: SecurityGuard
  readonly exposure: Exposure
  readonly origins: readonly string[]
}

export interface SecuritySpec {
  readonly settings: Settings
  readonly database: Database
  readonly log: Logger
}

/** Throws GatewayExposed and SettingInvalid. */
export async function openSecurity({ settings, database, log }: SecuritySpec): Promise<Security> {
  const now = (): number => Date.now()
  const exposure = exposureOf(settings, await hasActiveApiKey(database, new Date(now())))
  const origins = originsOf(settings)
  const guard = await openGuard({
    database,
    log,
    exposure,
    tokens: tokensOf(settings, now),
    limits: {
      callerMax: settings.TROUPE_GATEWAY_CALLER_PER_MINUTE,
      tenantMax: settings.TROUPE_GATEWAY_TENANT_PER_MINUTE,
      unknownMax: settings.TROUPE_GATEWAY_UNKNOWN_PER_MINUTE,
    },
    origins,
    now,
  })
  // The head is in the log so that it stands where who can write the database may not be able to: `troupe audit verify --head`.
  const { seq, hash } = await readAuditHead(database)
  log.info({ auditHead: `${seq}:${hash}` }, 'where the audit log ends')
  log[exposure.mode === 'local' ? 'warn' : 'info']({ access: exposure.mode, origins }, exposure.says)
  return { guard, exposure, origins }
}

/** Exactly as browsers send it: no path, no slash at its end. */
const originsOf = ({ TROUPE_GATEWAY_ORIGINS: text }: Settings): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '')

function tokensOf(settings: Settings, now: () => number): Tokens | undefined {
  const { TROUPE_JWKS_URL: url, TROUPE_JWKS_FILE: file, TROUPE_JWT_ISSUER: issuer, TROUPE_JWT_AUDIENCE: audience } = settings
  if (issuer === undefined || audience === undefined) return undefined
  if (url !== undefined) return openTokens({ keys: { url: new URL(url) }, issuer, audience, now })
  return file === undefined ? undefined : openTokens({ keys: { file }, issuer, audience, now })
}
