import express, { type RequestHandler } from 'express'
import { WebhookReceiver } from 'livekit-server-sdk'
import type { Context } from '../context.ts'
import { egressState } from './egress.ts'
import { Unauthorized } from '../errors.ts'

/** Path under which LiveKit tells of rooms and participants. */
export const WEBHOOK_PATH = '/internal-api/v1/livekit/webhook'

/**
 * Takes LiveKit's webhooks: JSON signed by a JWT that holds the body's SHA-256
 * (https://docs.livekit.io/home/server/webhooks/). An unsigned or foreign one is 401.
 */
export function livekitWebhook(ctx: Context): RequestHandler[] {
  const { apiKey, apiSecret } = ctx.credentials
  const receiver = new WebhookReceiver(apiKey, apiSecret)
  return [
    express.text({ type: () => true, limit: '1mb' }),
    async (req, res) => {
      const event = await receiver
        .receive(String(req.body), req.get('authorization'))
        .catch((cause: unknown) => {
          throw new Unauthorized('auth_invalid', 'The signature is not valid', { cause })
        })
      await ctx.meetings.handle(event)
      if (event.egressInfo !== undefined) ctx.egressDriver?.told(egressState(event.egressInfo))
      if (event.event === 'room_finished' && event.room !== undefined)
        await ctx.runs.meetingEnded(event.room.name)
      res.status(200).json({ message: 'ok' })
    },
  ]
}
