import { BlockList, isIP } from 'node:net'
import { z } from 'zod'

const KeyPermission = z.enum(['read', 'write', 'admin'])
const isoTime = z.iso.datetime({ offset: true })

/** An address or a CIDR range, IPv4 or IPv6, as net.BlockList takes it. */
const AllowedIp = z
  .string()
  .max(60)
  .refine((text) => blockListOf([text]) !== null, 'Not an IPv4 or IPv6 address or CIDR range')
  .meta({ examples: ['203.0.113.0/24', '2001:db8::/32'] })

/** What matches addresses in any of the ranges, or null when one is not a range. */
export function blockListOf(ranges: readonly string[]): BlockList | null {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix, more] = range.split('/')
    const version = isIP(address)
    const bits = version === 4 ? 32 : 128
    if (
      version === 0 ||
      more !== undefined ||
      (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
    )
      return null
    list.addSubnet(address, prefix === undefined ? bits : Number(prefix), version === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

const limit = (what: string) =>
  z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .meta({ description: `Requests a minute: ${what}`, examples: [500] })
const RateLimitOverrides = z
  .object({
    crud: limit('changes and deletions'),
    create: limit('new rooms, meetings and recordings'),
    read: limit('lists and details'),
    config: limit('config, keys and settings'),
    webhooks: limit('webhooks'),
  })
  .nullable()
  .meta({ description: 'Requests a minute by group, over the defaults; null = the defaults' })

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ description: 'What the key is for', examples: ['Production backend'], pattern: '\\S' })
const permissions = z
  .array(KeyPermission)
  .min(1)
  .max(3)
  .meta({ description: 'What it may do; `admin` includes `write`, `write` includes `read`' })
const allowedIps = z
  .array(AllowedIp)
  .max(100)
  .meta({
    description: 'Addresses and CIDR ranges, IPv4 or IPv6, from which it works; empty = any',
    examples: [['203.0.113.0/24']],
  })
const expiresAt = isoTime
  .nullable()
  .meta({ description: 'When it stops working, ISO 8601; null = never', examples: ['2027-01-15T10:00:00Z'] })
const environment = z
  .enum(['live', 'test'])
  .meta({ description: 'Whose rooms it sees; meetings in test rooms end after a minute' })

export const CreateKey = z.object({
  name,
  environment: environment.default('live'),
  permissions: permissions.default(['read', 'write', 'admin']),
  allowedIps: allowedIps.default([]),
  rateLimits: RateLimitOverrides.default(null),
  expiresAt: expiresAt.default(null),
})
export type CreateKey = z.infer<typeof CreateKey>

export const UpdateKey = z.object({
  name: name.optional(),
  permissions: permissions.optional(),
  allowedIps: allowedIps.optional(),
  rateLimits: RateLimitOverrides.optional(),
  expiresAt: expiresAt.optional(),
})
export type UpdateKey = z.infer<typeof UpdateKey>

export const RotateKey = z.object({
  graceSeconds: z
    .number()
    .int()
    .min(0)
    .max(2_592_000)
    .default(86_400)
    .meta({ description: 'How many seconds the old key still works; 0 = not at all', examples: [3600] }),
})

const HOUR_MS = 3_600_000
export const UsageQuery = z.object({
  from: isoTime.optional().meta({
    description: 'Begin, ISO 8601. Default: a day (interval `hour`) or 30 days (`day`) before `to`',
    examples: ['2026-01-14T00:00:00Z'],
  }),
  to: isoTime
    .optional()
    .meta({ description: 'End, ISO 8601. Default: now', examples: ['2026-01-15T00:00:00Z'] }),
  interval: z.enum(['hour', 'day']).default('hour').meta({ description: 'Width of a step of the series' }),
})
export const USAGE_SPAN_MS = { hour: 24 * HOUR_MS, day: 30 * 24 * HOUR_MS }

const count = (description: string) => z.number().meta({ description, examples: [42] })
const time = (description: string) =>
  z.string().meta({ description: `${description}, ISO 8601`, examples: ['2026-01-15T10:00:00.000Z'] })

export const KeyUsageView = z
  .object({
    series: z
      .array(
        z.object({
          at: time('Begin of the step'),
          group: z.string().meta({ description: 'Rate limit group', examples: ['read'] }),
          status2xx: count('Answers that went well'),
          status4xx: count('Answers with a fault of the caller'),
          status5xx: count('Answers with a fault of the server'),
        }),
      )
      .meta({ description: 'Requests over time; steps without any are left out' }),
    recent: z
      .array(
        z.object({
          at: time('When'),
          method: z.string().meta({ description: 'HTTP method', examples: ['GET'] }),
          route: z.string().meta({ description: 'Endpoint', examples: ['/api/v1/rooms/:roomId'] }),
          status: z.number().meta({ description: 'HTTP status', examples: [200] }),
          ip: z.string().meta({ description: 'Address of the caller', examples: ['203.0.113.7'] }),
          durationMs: z.number().meta({ description: 'Milliseconds until the answer', examples: [3] }),
        }),
      )
      .meta({ description: 'The last 50 requests, newest first' }),
  })
  .meta({ id: 'KeyUsage', description: 'What a key did' })
export type KeyUsageView = z.infer<typeof KeyUsageView>

export const KeyView = z
  .object({
    id: z.string().meta({ description: 'Id of the key', examples: ['key_8f3k2m9x'] }),
    name: z.string().meta({ description: 'What it is for', examples: ['Production backend'] }),
    environment,
    permissions: z.array(KeyPermission).meta({ description: 'What it may do' }),
    allowedIps: z
      .array(z.string())
      .meta({ description: 'From where it works; empty = anywhere', examples: [['203.0.113.0/24']] }),
    rateLimits: z
      .record(z.string(), z.number())
      .nullable()
      .meta({ description: 'Requests a minute by group, over the defaults' }),
    start: z.string().meta({
      description: 'The beginning of the key, as far as lists show it',
      examples: ['parley_live_Ab3x'],
    }),
    last4: z.string().meta({ description: 'Its last four characters', examples: ['9Zk1'] }),
    createdAt: time('When it was made'),
    createdBy: z.string().meta({ description: 'Who made it', examples: ['admin'] }),
    expiresAt: time('When it stops working').nullable(),
    lastUsedAt: time('When it was used last').nullable(),
    lastUsedIp: z
      .string()
      .nullable()
      .meta({ description: 'From where it was used last', examples: ['203.0.113.7'] }),
    requestCount: z.number().meta({ description: 'How many requests it made', examples: [1024] }),
    revokedAt: time('When it was revoked').nullable(),
    rotatedTo: z
      .string()
      .nullable()
      .meta({ description: 'Id of its successor', examples: ['key_2h7c4p1w'] }),
    graceEndsAt: time('When a rotated key stops working').nullable(),
    status: z
      .enum(['active', 'expiring', 'expired', 'revoked'])
      .meta({ description: '`expiring`: rotated, and works until `graceEndsAt`' }),
    rotationDue: z.boolean().meta({ description: 'Whether it is older than 90 days' }),
  })
  .meta({ id: 'ApiKey', description: 'What is known of an API key; never the key itself' })
export type KeyView = z.infer<typeof KeyView>

export const KeyWithSecret = KeyView.extend({
  key: z.string().meta({
    description: 'The whole key. This is the only answer that ever holds it.',
    examples: ['parley_live_...'],
  }),
}).meta({ id: 'ApiKeyWithSecret', description: 'An API key, and the key itself' })
export type KeyWithSecret = z.infer<typeof KeyWithSecret>

export const KeyParams = z.object({
  id: z
    .string()
    .max(100)
    .meta({ description: 'Id of the key', examples: ['key_8f3k2m9x'] }),
})
export const ListKeys = z.object({
  environment: environment.optional().meta({ description: 'Only keys of this environment' }),
  status: z
    .enum(['active', 'expiring', 'expired', 'revoked'])
    .optional()
    .meta({ description: 'Only keys in this state' }),
})
