import { z } from 'zod'
import { consoleCaller } from '../http/caller.ts'
import { endpoint, Reply } from '../http/endpoint.ts'
import { PageQuery, pagination } from '../http/lists.ts'
import {
  CreateWebhook,
  Delivery,
  DeliveryParams,
  UpdateWebhook,
  WebhookParams,
  WebhookView,
  WebhookWithSecret,
} from './schema.ts'
import { originOf } from './origin.ts'

const needs = { key: 'admin', session: 'admin' } as const

export const createWebhook = endpoint({
  method: 'post',
  path: '/api/v1/webhooks',
  summary: 'Subscribe a URL to events; the answer is the only one that holds the secret',
  description:
    'Events are sent as POST requests, signed for receivers of OpenVidu Meet and of Standard Webhooks alike: see the guide on webhooks. An organization has at most 100 webhooks in each environment.',
  errors: ['webhook_limit_reached'],
  group: 'webhooks',
  needs,
  scope: 'webhook.create',
  body: CreateWebhook,
  example: { url: 'https://example.com/hooks/parley', events: ['meetingStarted', 'meetingEnded'] },
  answer: { status: 201, body: WebhookWithSecret, shownOnce: ['secret'] },
  act: (ctx, { caller, body, req }) => ctx.webhooks.create(consoleCaller(caller), body, originOf(ctx, req)),
})

export const listWebhooks = endpoint({
  method: 'get',
  path: '/api/v1/webhooks',
  summary: 'List webhook subscriptions, oldest first',
  description: 'Never shows a secret. `failingSince` tells which ones fail now.',
  group: 'webhooks',
  needs,
  scope: 'webhook.read',
  answer: {
    status: 200,
    body: z.object({ webhooks: z.array(WebhookView).meta({ description: 'Oldest first' }) }),
  },
  act: async (ctx, { caller }) => ({ webhooks: await ctx.webhooks.list(consoleCaller(caller)) }),
})

export const getWebhook = endpoint({
  method: 'get',
  path: '/api/v1/webhooks/:id',
  summary: 'One webhook subscription',
  description: 'Never shows the secret.',
  errors: ['webhook_not_found'],
  group: 'webhooks',
  needs,
  scope: 'webhook.read',
  params: WebhookParams,
  answer: { status: 200, body: WebhookView },
  act: (ctx, { caller, params }) => ctx.webhooks.get(consoleCaller(caller), params.id),
})

export const updateWebhook = endpoint({
  method: 'patch',
  path: '/api/v1/webhooks/:id',
  summary: 'Change URL, events or secret of a webhook, disable or enable it',
  description: 'A new URL, or being enabled, makes what waits be tried at once.',
  errors: ['webhook_not_found'],
  group: 'webhooks',
  needs,
  params: WebhookParams,
  body: UpdateWebhook,
  example: { enabled: false },
  answer: { status: 200, body: WebhookView },
  act: (ctx, { caller, params, body, req }) =>
    ctx.webhooks.update(consoleCaller(caller), params.id, body, originOf(ctx, req)),
})

export const replaceWebhookSecret = endpoint({
  method: 'post',
  path: '/api/v1/webhooks/:id/secret',
  summary:
    'Replace the secret of a webhook from the next delivery on; the answer is the only one that holds it',
  description: 'The old secret is used no more: a receiver has to know the new one at once.',
  errors: ['webhook_not_found'],
  group: 'webhooks',
  needs,
  params: WebhookParams,
  answer: { status: 201, body: WebhookWithSecret, shownOnce: ['secret'] },
  act: (ctx, { caller, params, req }) =>
    ctx.webhooks.replaceSecret(consoleCaller(caller), params.id, originOf(ctx, req)),
})

export const deleteWebhook = endpoint({
  method: 'delete',
  path: '/api/v1/webhooks/:id',
  summary: 'Delete a webhook subscription and its log',
  description: 'What is under way may still arrive.',
  errors: ['webhook_not_found'],
  group: 'webhooks',
  needs,
  scope: 'webhook.delete',
  params: WebhookParams,
  answer: { status: 204, body: z.null() },
  act: async (ctx, { caller, params, req }) => {
    await ctx.webhooks.delete(consoleCaller(caller), params.id, req.ip ?? '')
    return new Reply(null, { status: 204 })
  },
})

export const testWebhook = endpoint({
  method: 'post',
  path: '/api/v1/webhooks/:id/test',
  summary: 'Send a test event once, and tell what came of it',
  description:
    'Sends `testEvent`, also to a disabled webhook. The answer shows status, time and body of what the receiver said; a failure is no error of this call.',
  errors: ['webhook_not_found', 'webhook_secret_lost'],
  group: 'webhooks',
  needs,
  params: WebhookParams,
  answer: { status: 200, body: Delivery },
  act: (ctx, { caller, params }) => ctx.webhooks.test(consoleCaller(caller), params.id),
})

export const listDeliveries = endpoint({
  method: 'get',
  path: '/api/v1/webhooks/:id/deliveries',
  summary: 'What was sent to a webhook in the last 7 days and what it answered, newest first',
  description: 'Holds all tries, with what was sent and the first 4 kB of the answers.',
  errors: ['webhook_not_found'],
  group: 'webhooks',
  needs,
  scope: 'webhook.read',
  params: WebhookParams,
  query: z.object({
    status: z
      .enum(['pending', 'delivered', 'failed'])
      .optional()
      .meta({ description: 'Only those that stand like this' }),
    event: z
      .string()
      .max(50)
      .optional()
      .meta({ description: 'Only those of this event', examples: ['meetingStarted'] }),
    maxItems: PageQuery.maxItems,
    nextPageToken: PageQuery.nextPageToken,
  }),
  answer: {
    status: 200,
    body: z.object({ deliveries: z.array(Delivery).meta({ description: 'Newest first' }), pagination }),
  },
  act: (ctx, { caller, params, query }) => ctx.webhooks.deliveries(consoleCaller(caller), params.id, query),
})

export const getDelivery = endpoint({
  method: 'get',
  path: '/api/v1/webhooks/:id/deliveries/:deliveryId',
  summary: 'One delivery',
  description: 'What was sent, what the receiver answered, and the tries before.',
  errors: ['webhook_not_found', 'delivery_not_found'],
  group: 'webhooks',
  needs,
  scope: 'webhook.read',
  params: DeliveryParams,
  answer: { status: 200, body: Delivery },
  act: (ctx, { caller, params }) =>
    ctx.webhooks.delivery(consoleCaller(caller), params.id, params.deliveryId),
})

export const redeliver = endpoint({
  method: 'post',
  path: '/api/v1/webhooks/:id/deliveries/:deliveryId/redeliver',
  summary: 'Send an event once more, as a new delivery with the same event id',
  description: 'It has tries of its own and waits for nothing else.',
  errors: ['webhook_not_found', 'delivery_not_found', 'webhook_disabled', 'event_gone'],
  group: 'webhooks',
  needs,
  params: DeliveryParams,
  answer: { status: 202, body: Delivery },
  act: (ctx, { caller, params }) =>
    ctx.webhooks.redeliver(consoleCaller(caller), params.id, params.deliveryId),
})
