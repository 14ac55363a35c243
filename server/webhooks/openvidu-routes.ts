import { z } from 'zod'
import { BadRequest, unauthorized } from '../errors.ts'
import { sessionCaller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'
import { isLocalRequest } from '../http/local-request.ts'
import { isSuccessful } from './dispatcher.ts'
import { originOf } from './origin.ts'
import { WebhookUrl } from './schema.ts'

/** The webhook settings of OpenVidu Meet's console (contract/openvidu-meet.md 5.4). */

const GlobalConfig = z.object({ enabled: z.boolean(), url: z.string() })

export const getGlobalWebhook = endpoint({
  method: 'get',
  path: '/internal-api/v1/config/webhooks',
  summary: 'The webhook that OpenVidu Meet knows',
  dialect: 'openvidu',
  needs: { session: 'admin' },
  answer: { status: 200, body: GlobalConfig },
  act: (ctx, { caller }) => ctx.globalWebhook.get(sessionCaller(caller).orgId),
})

export const putGlobalWebhook = endpoint({
  method: 'put',
  path: '/internal-api/v1/config/webhooks',
  summary: 'Set the webhook that OpenVidu Meet knows',
  dialect: 'openvidu',
  needs: { session: 'admin' },
  body: z.object({ enabled: z.boolean(), url: WebhookUrl.optional() }).superRefine((body, check) => {
    if (body.enabled && body.url === undefined)
      check.addIssue({
        code: 'custom',
        path: ['url'],
        message: 'URL is required when webhooks are enabled',
      })
  }),
  answer: { status: 200, body: GlobalConfig },
  act: (ctx, { caller, body, req }) => ctx.globalWebhook.put(sessionCaller(caller), body, originOf(ctx, req)),
})

export const testGlobalWebhook = endpoint({
  method: 'post',
  path: '/internal-api/v1/config/webhooks/test',
  summary: 'Send a test event to a URL; for an admin, or anybody on this machine in local mode',
  dialect: 'openvidu',
  needs: { session: 'admin', anonymous: true },
  body: z.object({ url: WebhookUrl }),
  answer: { status: 200, body: z.object({ message: z.string() }) },
  act: async (ctx, { caller, body, req }) => {
    if (caller.kind !== 'session' && !isLocalRequest(ctx.config, req)) throw unauthorized()
    const secret = await ctx.globalWebhook.secretOf(caller.kind === 'session' ? caller.orgId : null)
    const outcome = await ctx.webhooks.testUrl(body.url, secret, originOf(ctx, req))
    if (isSuccessful(outcome)) return { message: `The receiver answered ${outcome.responseStatus}` }
    throw new BadRequest(
      'webhook_test_failed',
      outcome.error ?? `The receiver answered ${outcome.responseStatus}`,
      { error: 'Webhook Error' },
    )
  },
})
