import { z } from 'zod'
import { isUsableSecret } from './signature.ts'
import { EVENT_NAMES } from './outbox.ts'

const MAX_URL = 2048

/** Where deliveries go. What it may resolve to is checked elsewhere: that changes with time. */
export const WebhookUrl = z
  .string()
  .trim()
  .max(MAX_URL)
  .superRefine((text, check) => {
    const fault = urlFault(text)
    if (fault !== null) check.addIssue({ code: 'custom', message: fault })
  })
  .meta({ examples: ['https://example.com/parley'] })

function urlFault(text: string): string | null {
  if (!/^https?:\/\//i.test(text)) return 'URL must start with http:// or https://'
  if (!URL.canParse(text)) return 'Not a URL'
  const { username, password } = new URL(text)
  return username === '' && password === '' ? null : 'A URL with a user name or password is not taken'
}

const EventNames = z
  .array(z.enum(EVENT_NAMES))
  .min(1, 'Choose at least one event')
  .transform((names) => EVENT_NAMES.filter((name) => names.includes(name)))

const Secret = z
  .string()
  .regex(/^[\x21-\x7e]{12,200}$/, 'A secret has 12 to 200 visible ASCII characters')
  .refine(isUsableSecret, 'whsec_ must be followed by the base64 of 24 to 64 bytes')

export const CreateWebhook = z.object({
  url: WebhookUrl,
  events: EventNames.optional().meta({
    description: 'Default: all but chatMessageSent and the events of keys',
  }),
  secret: Secret.optional().meta({ description: 'Default: a new one, `whsec_...`' }),
})

export const UpdateWebhook = z.object({
  url: WebhookUrl.optional(),
  events: EventNames.nullable().optional().meta({ description: 'null = the default ones' }),
  enabled: z.boolean().optional(),
  secret: Secret.optional(),
})

export const WebhookView = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(z.enum(EVENT_NAMES)),
    environment: z.enum(['live', 'test']),
    enabled: z.boolean(),
    disabledReason: z.string().nullable().meta({
      description: 'Why Parley has disabled it: gone, failing, key_revoked; null = nobody or you did',
    }),
    createdAt: z.string(),
    lastDeliveryAt: z.string().nullable().meta({ description: 'The last delivery that succeeded' }),
    failingSince: z.string().nullable().meta({ description: 'The first failure after the last success' }),
    lastError: z.string().nullable().meta({ description: 'What went wrong last, while it fails' }),
    pendingCount: z.number().meta({ description: 'Deliveries that wait for a try' }),
  })
  .meta({ id: 'Webhook' })
export type WebhookView = z.infer<typeof WebhookView>

export const WebhookWithSecret = WebhookView.extend({
  secret: z.string().meta({ description: 'What deliveries are signed with. Only this answer holds it.' }),
}).meta({ id: 'WebhookWithSecret' })
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>

const Try = z.object({
  at: z.string(),
  responseStatus: z.number().nullable(),
  error: z.string().nullable(),
  durationMs: z.number(),
})
export type Try = z.infer<typeof Try>

export const Delivery = z
  .object({
    id: z.string(),
    event: z.string(),
    eventId: z
      .string()
      .meta({ description: 'Sent as `webhook-id`; the same for all tries and redeliveries' }),
    kind: z.enum(['event', 'test', 'redelivery']),
    at: z.string().meta({ description: 'When it was first due' }),
    attempt: z.number().meta({ description: 'Tries so far, 8 at most' }),
    status: z.enum(['pending', 'delivered', 'failed']),
    nextAttemptAt: z.string().nullable(),
    responseStatus: z.number().nullable(),
    durationMs: z.number().nullable(),
    request: z.object({
      url: z.string().nullable(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
    }),
    response: z.string().nullable().meta({ description: 'The first 4 kB of the answer' }),
    error: z.string().nullable().meta({ description: 'Why there was no answer' }),
    tries: z.array(Try).meta({ description: 'The tries before the latest, oldest first' }),
  })
  .meta({ id: 'WebhookDelivery' })
export type Delivery = z.infer<typeof Delivery>

export const WebhookParams = z.object({ id: z.string().max(100) })
export const DeliveryParams = WebhookParams.extend({ deliveryId: z.string().max(100) })
