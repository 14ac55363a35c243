import { z } from 'zod'

const KeyPermission = z.enum(['read', 'write', 'admin'])
const isoTime = z.iso.datetime({ offset: true })

export const CreateKey = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .meta({ examples: ['Production backend'] }),
  environment: z.enum(['live', 'test']).default('live'),
  permissions: z.array(KeyPermission).min(1).max(3).default(['read', 'write', 'admin']),
  expiresAt: isoTime.nullable().default(null).meta({ description: 'ISO 8601; null = never' }),
})
export type CreateKey = z.infer<typeof CreateKey>

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
