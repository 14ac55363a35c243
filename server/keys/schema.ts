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

const RateLimitOverrides = z
  .object({
    crud: z.number().int().min(1).max(1_000_000).optional(),
    create: z.number().int().min(1).max(1_000_000).optional(),
    read: z.number().int().min(1).max(1_000_000).optional(),
    config: z.number().int().min(1).max(1_000_000).optional(),
    webhooks: z.number().int().min(1).max(1_000_000).optional(),
  })
  .nullable()
  .meta({ description: 'Requests a minute by group, over the defaults' })

export const CreateKey = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .meta({ examples: ['Production backend'] }),
  environment: z.enum(['live', 'test']).default('live'),
  permissions: z.array(KeyPermission).min(1).max(3).default(['read', 'write', 'admin']),
  allowedIps: z
    .array(AllowedIp)
    .max(100)
    .default([])
    .meta({ description: 'Addresses and CIDR ranges; empty = any' }),
  rateLimits: RateLimitOverrides.default(null),
  expiresAt: isoTime.nullable().default(null).meta({ description: 'ISO 8601; null = never' }),
})
export type CreateKey = z.infer<typeof CreateKey>

export const UpdateKey = z.object({
  name: z.string().trim().min(1).max(100).optional(),
  permissions: z.array(KeyPermission).min(1).max(3).optional(),
  allowedIps: z.array(AllowedIp).max(100).optional(),
  rateLimits: RateLimitOverrides.optional(),
  expiresAt: isoTime.nullable().optional(),
})
export type UpdateKey = z.infer<typeof UpdateKey>

export const RotateKey = z.object({
  graceSeconds: z
    .number()
    .int()
    .min(0)
    .max(2_592_000)
    .default(86_400)
    .meta({ description: 'How long the old key still works; 0 = not at all' }),
})

const HOUR_MS = 3_600_000
export const UsageQuery = z.object({
  from: isoTime
    .optional()
    .meta({ description: 'Default: a day (interval hour) or 30 days (day) before `to`' }),
  to: isoTime.optional().meta({ description: 'Default: now' }),
  interval: z.enum(['hour', 'day']).default('hour'),
})
export const USAGE_SPAN_MS = { hour: 24 * HOUR_MS, day: 30 * 24 * HOUR_MS }

export const KeyUsageView = z
  .object({
    series: z.array(
      z.object({
        at: z.string(),
        group: z.string(),
        status2xx: z.number(),
        status4xx: z.number(),
        status5xx: z.number(),
      }),
    ),
    recent: z.array(
      z.object({
        at: z.string(),
        method: z.string(),
        route: z.string(),
        status: z.number(),
        ip: z.string(),
        durationMs: z.number(),
      }),
    ),
  })
  .meta({ id: 'KeyUsage' })
export type KeyUsageView = z.infer<typeof KeyUsageView>

export const KeyView = z
  .object({
    id: z.string(),
    name: z.string(),
    environment: z.enum(['live', 'test']),
    permissions: z.array(KeyPermission),
    allowedIps: z.array(z.string()),
    rateLimits: z.record(z.string(), z.number()).nullable(),
    start: z.string().meta({ description: 'The beginning of the key, as far as lists show it' }),
    last4: z.string(),
    createdAt: z.string(),
    createdBy: z.string(),
    expiresAt: z.string().nullable(),
    lastUsedAt: z.string().nullable(),
    lastUsedIp: z.string().nullable(),
    requestCount: z.number(),
    revokedAt: z.string().nullable(),
    rotatedTo: z.string().nullable(),
    graceEndsAt: z.string().nullable().meta({ description: 'When a rotated key stops working' }),
    status: z.enum(['active', 'expiring', 'expired', 'revoked']),
    rotationDue: z.boolean(),
  })
  .meta({ id: 'ApiKey', description: 'What is known of an API key; never the key itself' })
export type KeyView = z.infer<typeof KeyView>

export const KeyWithSecret = KeyView.extend({
  key: z.string().meta({ description: 'The whole key. This is the only answer that ever holds it.' }),
}).meta({ id: 'ApiKeyWithSecret' })
export type KeyWithSecret = z.infer<typeof KeyWithSecret>

export const KeyParams = z.object({ id: z.string().max(100) })
export const ListKeys = z.object({
  environment: z.enum(['live', 'test']).optional(),
  status: z.enum(['active', 'expiring', 'expired', 'revoked']).optional(),
})
