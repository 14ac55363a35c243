import { z } from 'zod'
import { authenticate } from '../http/authenticate.ts'
import { sessionCaller } from '../http/caller.ts'
import { endpoint, Streamed } from '../http/endpoint.ts'
import { isVisible } from '../rooms/visibility.ts'

const HEARTBEAT_MS = 20_000

export const streamEvents = endpoint({
  method: 'get',
  path: '/internal-api/v1/events',
  summary: 'Server-sent events: what changes in the rooms of the organization (WHATWG HTML, EventSource)',
  needs: { session: 'member' },
  query: z.object({ environment: z.enum(['live', 'test']).default('live') }),
  answer: { status: 200, body: z.null() },
  act: async (ctx, { caller, query, req, res }) => {
    let who = sessionCaller(caller)
    const { orgId } = who
    let sending = Promise.resolve()
    res.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    })
    res.write('retry: 2000\n\n')
    const sent = req.get('last-event-id')
    const afterSeq = sent !== undefined && /^\d{1,15}$/.test(sent) ? Number(sent) : null
    const stop = await ctx.feed.listen(
      {
        orgId,
        environment: query.environment,
        send: ({ seq, event, roomId, at }) => {
          sending = sending.then(async () => {
            if (roomId !== null && !(await isVisible(ctx.database.db, who, roomId).catch(() => false))) return
            res.write(`id: ${seq}\nevent: ${event}\ndata: ${JSON.stringify({ event, roomId, at })}\n\n`)
          })
        },
      },
      afterSeq,
    )
    // Who is signed out, or came into another organization, hears no more; a role may have changed.
    const beat = async () => {
      const now = await authenticate(ctx, req, streamEvents).catch(() => null)
      if (now?.kind !== 'session' || now.orgId !== orgId) return res.end()
      who = now
      return res.write(': still here\n\n')
    }
    const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS).unref()
    res.once('close', () => {
      clearInterval(heartbeat)
      stop()
    })
    return new Streamed()
  },
})
