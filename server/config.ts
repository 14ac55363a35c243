import { availableParallelism } from 'node:os'
import path from 'node:path'
import { z } from 'zod'

/**
 * Everything an operator can set, read once from the environment. The rest of the program takes this value
 * and never looks at `process.env`. Tests build one with `loadConfig({ ...variables })`.
 */
export interface Config {
  http: {
    host: string
    port: number
    /** Origin without trailing slash, or null: taken from each request. */
    publicUrl: string | null
    /** Express `trust proxy` value; false = forwarded headers are never believed. */
    trustProxy: false | number | string
    tls: { cert: string; key: string } | null
  }
  /** Absolute directory for database, media, generated secrets, LiveKit binary and its config. */
  dataDir: string
  database: { kind: 'sqlite'; file: string } | { kind: 'postgres'; url: string }
  redisUrl: string | null
  livekit: {
    /** Set: an existing LiveKit is used and no child is started. */
    external: { url: string; publicUrl: string; apiKey: string; apiSecret: string } | null
    serverBin: string | null
    /** Base address below which `v<version>/<archive>` and `v<version>/checksums.txt` lie. */
    downloadUrl: string
    rtcUdpPort: number | null
    rtcTcpPort: number | null
    nodeIp: string | null
  }
  admin: { email: string | null; username: string; password: string | null }
  seed: { apiKey: string | null; webhookUrl: string | null }
  keys: { prefix: string; isSelfServiceOpen: boolean }
  /** By name, over the defaults; null = no limits and no headers. */
  rateLimits: Record<string, number> | null
  meeting: { tokenTtlSeconds: number; emptyTimeoutSeconds: number; departureTimeoutSeconds: number }
  /** Where media and attachments lie; null = in the data directory. */
  s3: {
    /** null = Amazon's own. */
    endpoint: string | null
    region: string
    bucket: string
    accessKeyId: string
    secretAccessKey: string
  } | null
  recording: {
    driver: 'builtin' | 'egress'
    /** Recorders at once on this instance. */
    concurrency: number
    chromiumBin: string | null
    /** Room on the disk that recordings leave free. */
    reserveBytes: number
  }
  compatibility: { permissionNames: 'both' | 'current'; memberIdAsSecret: boolean; meetingType: string }
  /** True only while Parley serves just this machine; contract/parley.md 3. */
  localMode: boolean
  /** Whether webhooks may go to addresses that are not public: always, in local mode, or never. */
  webhooks: { privateAddresses: 'allowed' | 'local' | 'refused' }
  metricsToken: string | null
  /** null: no mail is sent. */
  mail: { url: string; from: string } | null
  /** An identity provider with which users sign in; `newUsers`: whether only the invited become users. */
  oidc: {
    issuer: string
    clientId: string
    clientSecret: string
    name: string
    newUsers: 'invited' | 'members'
  } | null
  logLevel: string
  secretKey: string | null
}

/** A fault in the environment that the operator can mend; `message` lists every faulty variable. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i
export const isLoopbackHost = (host: string): boolean => LOOPBACK.test(host)

const port = z.coerce.number().int().min(0).max(65535)
const seconds = z.coerce.number().int().min(1).max(86_400)
const flag = z.enum(['true', 'false', '1', '0']).transform((v) => v === 'true' || v === '1')
const httpUrl = z.url({ protocol: /^https?$/ }).transform((v) => v.replace(/\/+$/, ''))

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(6080),
  PUBLIC_URL: httpUrl.optional(),
  TRUST_PROXY: z.string().optional(),
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must start with redis://')
    .optional(),
  LIVEKIT_URL: z
    .string()
    .regex(/^(wss?|https?):\/\//, 'must start with ws://, wss://, http:// or https://')
    .optional(),
  LIVEKIT_PUBLIC_URL: z
    .string()
    .regex(/^(wss?|https?):\/\//, 'must start with ws:// or wss://')
    .optional(),
  LIVEKIT_API_KEY: z.string().min(1).optional(),
  LIVEKIT_API_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  LIVEKIT_SERVER_BIN: z.string().optional(),
  LIVEKIT_DOWNLOAD_URL: httpUrl.default('https://github.com/livekit/livekit/releases/download'),
  LIVEKIT_RTC_UDP_PORT: port.optional(),
  LIVEKIT_RTC_TCP_PORT: port.optional(),
  LIVEKIT_NODE_IP: z.union([z.ipv4(), z.ipv6()]).optional(),
  ADMIN_EMAIL: z.email().optional(),
  ADMIN_USERNAME: z
    .string()
    .regex(/^[a-z0-9_]{3,20}$/, 'must be 3 to 20 lowercase letters, digits or underscores')
    .default('admin'),
  ADMIN_PASSWORD: z.string().min(5, 'must have at least 5 characters').optional(),
  INITIAL_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{12,128}$/, 'must be 12 to 128 visible ASCII characters')
    .optional(),
  INITIAL_WEBHOOK_URL: httpUrl.optional(),
  SECRET_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  KEY_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9_]{1,23}$/, 'must be a lowercase letter and 1 to 23 lowercase letters, digits or _')
    .default('parley'),
  ROOM_TOKEN_TTL: z.coerce.number().int().min(10).max(600).default(600),
  MEETING_EMPTY_TIMEOUT: seconds.default(20),
  MEETING_DEPARTURE_TIMEOUT: seconds.default(20),
  S3_ENDPOINT: httpUrl.optional(),
  S3_REGION: z.string().min(1).default('us-east-1'),
  S3_BUCKET: z.string().min(1).optional(),
  S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  RECORDING_DRIVER: z.enum(['builtin', 'egress']).default('builtin'),
  RECORDING_CONCURRENCY: z.coerce.number().int().min(1).max(1000).optional(),
  RECORDING_DISK_RESERVE: z.coerce.number().int().min(0).default(500),
  CHROMIUM_BIN: z.string().optional(),
  PERMISSION_NAMES: z.enum(['both', 'current']).default('both'),
  MEMBER_ID_AS_SECRET: flag.default(false),
  MEETING_TYPE: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be up to 40 lowercase letters, digits or underscores')
    .default('parley_video'),
  SELF_SERVICE_KEYS: z.enum(['open', 'local']).default('local'),
  RATE_LIMITS: z
    .string()
    .transform((text, check): Record<string, number> | null => {
      if (text === 'off') return null
      const parsed = z.record(z.string(), z.number().int().min(1)).safeParse(parseJson(text))
      if (parsed.success) return parsed.data
      check.addIssue({ code: 'custom', message: 'must be off or JSON of numbers by group' })
      return z.NEVER
    })
    .default({}),
  WEBHOOK_ALLOW_PRIVATE: flag.optional(),
  METRICS_TOKEN: z.string().min(1).optional(),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must start with smtp:// or smtps://')
    .optional(),
  MAIL_FROM: z.string().regex(/@/, 'must hold an address').optional(),
  OIDC_ISSUER: httpUrl.optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  OIDC_NAME: z.string().min(1).max(50).default('single sign-on'),
  OIDC_NEW_USERS: z.enum(['invited', 'members']).default('invited'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
})

const EXAMPLES: Record<string, string> = {
  PORT: '6080',
  PUBLIC_URL: 'https://meet.example.com',
  DATABASE_URL: 'postgres://parley:secret@localhost:5432/parley',
  REDIS_URL: 'redis://localhost:6379',
  LIVEKIT_URL: 'ws://localhost:7880',
  LIVEKIT_PUBLIC_URL: 'wss://livekit.example.com',
  LIVEKIT_NODE_IP: '192.168.1.20',
  ADMIN_EMAIL: 'admin@example.com',
  ADMIN_USERNAME: 'admin',
  KEY_PREFIX: 'parley',
  ROOM_TOKEN_TTL: '600',
  RATE_LIMITS: '{"create":100}',
  S3_ENDPOINT: 'https://s3.example.com',
  RECORDING_DRIVER: 'builtin',
  RECORDING_CONCURRENCY: '5',
  RECORDING_DISK_RESERVE: '500',
  SMTP_URL: 'smtps://user:password@mail.example.com',
  MAIL_FROM: 'Parley <parley@example.com>',
  OIDC_ISSUER: 'https://login.example.com',
  LOG_LEVEL: 'info',
}

/**
 * Turns environment variables into a frozen {@link Config}. Empty variables count as unset. Throws one
 * {@link ConfigError} that names every faulty variable with an example; refuses half-set groups.
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const faults: string[] = []
  const together = (names: string[]) => {
    const missing = names.filter((name) => present[name] === undefined)
    if (missing.length > 0 && missing.length < names.length)
      faults.push(`${names.join(', ')}: set all of them or none; missing: ${missing.join(', ')}`)
  }
  together(['TLS_CERT', 'TLS_KEY'])
  together(['S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'])
  together(['LIVEKIT_URL', 'LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET'])
  together(['SMTP_URL', 'MAIL_FROM'])
  together(['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'])
  if (present['ADMIN_EMAIL'] !== undefined && present['ADMIN_PASSWORD'] === undefined)
    faults.push('ADMIN_PASSWORD: needed with ADMIN_EMAIL, at least 5 characters')
  const parsed = Environment.safeParse(present)
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0])
    const example = EXAMPLES[name] === undefined ? '' : ` (for example ${name}=${EXAMPLES[name]})`
    faults.push(`${name}: ${issue.message}${example}`)
  }
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults.join('\n'))
  const e = parsed.data
  let trustProxy: Config['http']['trustProxy'] = false
  if (e.TRUST_PROXY !== undefined && !/^(false|off|0)$/i.test(e.TRUST_PROXY)) {
    if (/^(true|on)$/i.test(e.TRUST_PROXY)) trustProxy = 1
    else if (/^\d+$/.test(e.TRUST_PROXY)) trustProxy = Number(e.TRUST_PROXY)
    else trustProxy = e.TRUST_PROXY
  }

  const dataDir = path.resolve(e.DATA_DIR)
  const publicUrl = e.PUBLIC_URL ?? null
  const localMode =
    isLoopbackHost(e.HOST) &&
    (publicUrl === null || isLoopbackHost(new URL(publicUrl).hostname)) &&
    trustProxy === false
  if (e.SMTP_URL !== undefined && publicUrl === null && !localMode)
    throw new ConfigError(
      `PUBLIC_URL: needed with SMTP_URL, because links in mails begin with it (for example PUBLIC_URL=${EXAMPLES['PUBLIC_URL']})`,
    )
  return deepFreeze<Config>({
    http: {
      host: e.HOST,
      port: e.PORT,
      publicUrl,
      trustProxy,
      tls: e.TLS_CERT !== undefined && e.TLS_KEY !== undefined ? { cert: e.TLS_CERT, key: e.TLS_KEY } : null,
    },
    dataDir,
    database:
      e.DATABASE_URL === undefined
        ? { kind: 'sqlite', file: path.join(dataDir, 'parley.sqlite') }
        : { kind: 'postgres', url: e.DATABASE_URL },
    redisUrl: e.REDIS_URL ?? null,
    livekit: {
      external:
        e.LIVEKIT_URL !== undefined && e.LIVEKIT_API_KEY !== undefined && e.LIVEKIT_API_SECRET !== undefined
          ? {
              url: e.LIVEKIT_URL,
              publicUrl: e.LIVEKIT_PUBLIC_URL ?? e.LIVEKIT_URL,
              apiKey: e.LIVEKIT_API_KEY,
              apiSecret: e.LIVEKIT_API_SECRET,
            }
          : null,
      serverBin: e.LIVEKIT_SERVER_BIN ?? null,
      downloadUrl: e.LIVEKIT_DOWNLOAD_URL,
      rtcUdpPort: e.LIVEKIT_RTC_UDP_PORT ?? null,
      rtcTcpPort: e.LIVEKIT_RTC_TCP_PORT ?? null,
      nodeIp: e.LIVEKIT_NODE_IP ?? null,
    },
    admin: { email: e.ADMIN_EMAIL ?? null, username: e.ADMIN_USERNAME, password: e.ADMIN_PASSWORD ?? null },
    seed: { apiKey: e.INITIAL_API_KEY ?? null, webhookUrl: e.INITIAL_WEBHOOK_URL ?? null },
    keys: { prefix: e.KEY_PREFIX, isSelfServiceOpen: e.SELF_SERVICE_KEYS === 'open' },
    rateLimits: e.RATE_LIMITS,
    meeting: {
      tokenTtlSeconds: e.ROOM_TOKEN_TTL,
      emptyTimeoutSeconds: e.MEETING_EMPTY_TIMEOUT,
      departureTimeoutSeconds: e.MEETING_DEPARTURE_TIMEOUT,
    },
    s3:
      e.S3_BUCKET !== undefined && e.S3_ACCESS_KEY_ID !== undefined && e.S3_SECRET_ACCESS_KEY !== undefined
        ? {
            endpoint: e.S3_ENDPOINT ?? null,
            region: e.S3_REGION,
            bucket: e.S3_BUCKET,
            accessKeyId: e.S3_ACCESS_KEY_ID,
            secretAccessKey: e.S3_SECRET_ACCESS_KEY,
          }
        : null,
    recording: {
      driver: e.RECORDING_DRIVER,
      concurrency: e.RECORDING_CONCURRENCY ?? Math.max(5, availableParallelism()),
      chromiumBin: e.CHROMIUM_BIN ?? null,
      reserveBytes: e.RECORDING_DISK_RESERVE * 1e6,
    },
    compatibility: {
      permissionNames: e.PERMISSION_NAMES,
      memberIdAsSecret: e.MEMBER_ID_AS_SECRET,
      meetingType: e.MEETING_TYPE,
    },
    localMode,
    webhooks: {
      privateAddresses:
        e.WEBHOOK_ALLOW_PRIVATE === undefined ? 'local' : e.WEBHOOK_ALLOW_PRIVATE ? 'allowed' : 'refused',
    },
    metricsToken: e.METRICS_TOKEN ?? null,
    mail:
      e.SMTP_URL !== undefined && e.MAIL_FROM !== undefined ? { url: e.SMTP_URL, from: e.MAIL_FROM } : null,
    oidc:
      e.OIDC_ISSUER !== undefined && e.OIDC_CLIENT_ID !== undefined && e.OIDC_CLIENT_SECRET !== undefined
        ? {
            issuer: e.OIDC_ISSUER,
            clientId: e.OIDC_CLIENT_ID,
            clientSecret: e.OIDC_CLIENT_SECRET,
            name: e.OIDC_NAME,
            newUsers: e.OIDC_NEW_USERS,
          }
        : null,
    logLevel: e.LOG_LEVEL,
    secretKey: e.SECRET_KEY ?? null,
  })
}

/** Address of this process that is used where no request tells one: webhooks, mail, the setup link. */
export const ownUrl = (config: Config, port = config.http.port): string =>
  config.http.publicUrl ?? `${config.http.tls === null ? 'http' : 'https'}://localhost:${port}`

/** Whether browsers reaching `host` over plain http are refused camera and microphone (secure contexts, W3C). */
export const lacksSecureContext = (config: Config): boolean =>
  !isLoopbackHost(config.http.host) &&
  config.http.tls === null &&
  !(config.http.publicUrl?.startsWith('https:') ?? false)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child)
    Object.freeze(value)
  }
  return value
}
