import { z } from 'zod'
import { EVENT_NAMES } from './outbox.ts'
import { isUsableSecret } from './signature.ts'

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
  .meta({
    description: 'Address of the receiver: http or https, without a user name or password',
    examples: ['https://app.example.com/parley'],
    pattern: '^https?://',
  })

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

const EXAMPLE_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='
const EXAMPLE_EVENTS = ['meetingStarted', 'meetingEnded']

export const CreateWebhook = z.object({
  url: WebhookUrl,
  events: EventNames.optional().meta({
    description: 'Which events to send. Default: all but `chatMessageSent` and those of keys',
    examples: [EXAMPLE_EVENTS],
  }),
  secret: Secret.optional().meta({
    description:
      'What deliveries are signed with, such as the API key that an OpenVidu receiver knows. Default: a new one',
    examples: [EXAMPLE_SECRET],
  }),
})

export const UpdateWebhook = z.object({
  url: WebhookUrl.optional(),
  events: EventNames.nullable()
    .optional()
    .meta({ description: 'Which events to send; null = the default ones', examples: [EXAMPLE_EVENTS] }),
  enabled: z
    .boolean()
    .optional()
    .meta({ description: 'While it is disabled nothing is sent, and what happens is not kept for it' }),
  secret: Secret.optional().meta({
    description: 'What deliveries are signed with from the next try on',
    examples: [EXAMPLE_SECRET],
  }),
})

const time = (description: string) =>
  z.string().meta({ description: `${description}, ISO 8601`, examples: ['2026-01-15T10:00:00.000Z'] })

export const WebhookView = z
  .object({
    id: z.string().meta({ description: 'Id of the webhook', examples: ['webhook_8f3k2m9x7c1d5b6h4j2q'] }),
    url: z
      .string()
      .meta({ description: 'Address of the receiver', examples: ['https://app.example.com/parley'] }),
    events: z.array(z.enum(EVENT_NAMES)).meta({ description: 'Which events are sent' }),
    environment: z
      .enum(['live', 'test'])
      .meta({ description: 'Of which rooms: those of the key or console that made it' }),
    enabled: z.boolean().meta({ description: 'Whether anything is sent' }),
    disabledReason: z
      .string()
      .nullable()
      .meta({
        description:
          'Why Parley has disabled it: `gone` (the receiver answered 410), `failing` (nothing succeeded for 5 days), `key_revoked` (its secret was an API key that has been revoked)',
        examples: ['gone'],
      }),
    createdAt: time('When it was made'),
    lastDeliveryAt: time('The last delivery that succeeded').nullable(),
    failingSince: time('The first failure after the last success').nullable(),
    lastError: z
      .string()
      .nullable()
      .meta({ description: 'What went wrong last, while it fails', examples: ['The receiver answered 500'] }),
    pendingCount: z.number().meta({ description: 'Deliveries that wait for a try', examples: [0] }),
  })
  .meta({ id: 'Webhook', description: 'A subscription; never its secret' })
export type WebhookView = z.infer<typeof WebhookView>

export const WebhookWithSecret = WebhookView.extend({
  secret: z.string().meta({
    description: 'What deliveries are signed with. This is the only answer that ever holds it.',
    examples: [EXAMPLE_SECRET],
  }),
}).meta({ id: 'WebhookWithSecret', description: 'A subscription with its secret' })
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>

const responseStatus = z
  .number()
  .nullable()
  .meta({ description: 'HTTP status of the answer; null = there was none', examples: [200] })
const error = z
  .string()
  .nullable()
  .meta({ description: 'Why there was no answer', examples: ['No answer within 10 s'] })

const Try = z.object({
  at: time('When it was sent'),
  responseStatus,
  error,
  durationMs: z.number().meta({ description: 'How long it took', examples: [87] }),
})
export type Try = z.infer<typeof Try>

export const Delivery = z
  .object({
    id: z.string().meta({ description: 'Id of the delivery', examples: ['delivery_4j2q8f3k2m9x7c1d5b6h'] }),
    event: z
      .string()
      .meta({ description: 'Name of the event, or `testEvent`', examples: ['meetingStarted'] }),
    eventId: z.string().meta({
      description: 'Sent as `webhook-id`; the same for all tries and redeliveries of an event',
      examples: ['evt_8f0c2m1x9d7b5k3j6h4g'],
    }),
    kind: z
      .enum(['event', 'test', 'redelivery'])
      .meta({ description: 'Why it was sent: it happened, or somebody asked for a test or a repeat' }),
    at: time('When it happened or was asked for'),
    attempt: z.number().meta({ description: 'Tries so far, 8 at most', examples: [1] }),
    status: z
      .enum(['pending', 'delivered', 'failed'])
      .meta({ description: '`pending`: waits for a try; `failed`: it is not tried any more' }),
    nextAttemptAt: time('When it is tried next').nullable(),
    responseStatus,
    durationMs: z
      .number()
      .nullable()
      .meta({ description: 'How long the latest try took', examples: [87] }),
    request: z
      .object({
        url: z
          .string()
          .nullable()
          .meta({ description: 'Where it was sent', examples: ['https://app.example.com/parley'] }),
        headers: z
          .record(z.string(), z.string())
          .meta({ description: 'Headers of the latest try, with both signatures' }),
        body: z.string().meta({
          description: 'The text that was sent',
          examples: ['{"event":"testEvent","creationDate":1755690000000,"data":{}}'],
        }),
      })
      .meta({ description: 'What was sent last' }),
    response: z
      .string()
      .nullable()
      .meta({ description: 'The first 4 kB of the answer', examples: ['{"ok":true}'] }),
    error,
    tries: z.array(Try).meta({ description: 'The tries before the latest, oldest first' }),
  })
  .meta({
    id: 'WebhookDelivery',
    description: 'One event for one webhook: how it stands, and its latest try',
  })
export type Delivery = z.infer<typeof Delivery>

export const WebhookParams = z.object({
  id: z
    .string()
    .max(100)
    .meta({ description: 'Id of the webhook', examples: ['webhook_8f3k2m9x7c1d5b6h4j2q'] }),
})
export const DeliveryParams = WebhookParams.extend({
  deliveryId: z
    .string()
    .max(100)
    .meta({ description: 'Id of the delivery', examples: ['delivery_4j2q8f3k2m9x7c1d5b6h'] }),
})
