import { z } from 'zod'
import { ParleyError } from '../errors.ts'
import { endpoint, Streamed } from '../http/endpoint.ts'
import { participantOf, presentOf } from '../meetings/callers.ts'
import { MeetingParams } from '../meetings/schema.ts'
import { Decision, Knock, KnockParams } from './schema.ts'

const HEARTBEAT_MS = 15_000

export const listKnocks = endpoint({
  method: 'get',
  path: '/internal-api/v1/meetings/:roomId/knocks',
  summary: 'Who waits to be admitted, first come first',
  group: 'read',
  needs: { roomMember: 'participantKick' },
  params: MeetingParams,
  answer: { status: 200, body: z.object({ knocks: z.array(Knock) }) },
  act: async (ctx, { caller, params }) => ({
    knocks: await ctx.waitingRoom.waiting(participantOf(caller, params.roomId)),
  }),
})

export const decideKnock = endpoint({
  method: 'put',
  path: '/internal-api/v1/meetings/:roomId/knocks/:knockId',
  summary: 'Admit or deny somebody who waits',
  needs: { roomMember: 'participantKick' },
  params: KnockParams,
  body: Decision,
  answer: { status: 204, body: z.null() },
  act: async (ctx, { caller, params, body }) => {
    const me = await presentOf(ctx, caller, params.roomId)
    await ctx.waitingRoom.decide(me, params.knockId, body.admit)
    return null
  },
})

export const decideAllKnocks = endpoint({
  method: 'put',
  path: '/internal-api/v1/meetings/:roomId/knocks',
  summary: 'Admit or deny all who wait',
  needs: { roomMember: 'participantKick' },
  params: MeetingParams,
  body: Decision,
  answer: { status: 200, body: z.object({ decided: z.number() }) },
  act: async (ctx, { caller, params, body }) => {
    const me = await presentOf(ctx, caller, params.roomId)
    return { decided: await ctx.waitingRoom.decide(me, null, body.admit) }
  },
})

export const followKnock = endpoint({
  method: 'get',
  path: '/internal-api/v1/meetings/:roomId/knocks/:knockId',
  summary: 'Server-sent events: wait to be admitted',
  description:
    'For the browser that knocked, known by its cookie. One event and the end of the stream: `admitted` with `{token, serverKey}`, `denied`, `expired`, or `refused` with the error that a request for a token would have met.',
  needs: { anonymous: true },
  params: KnockParams,
  answer: { status: 200, body: z.null() },
  act: async (ctx, { params, req, res, baseUrl }) => {
    const { roomId, knockId } = params
    const finish = (event: string, data: object) => {
      clearInterval(heartbeat)
      if (!res.writableEnded) res.end(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    }
    let heartbeat: NodeJS.Timeout | undefined
    let stop = () => undefined as void
    let isClosed = false
    // Before anything is waited for: a page may go away at once.
    res.once('close', () => {
      isClosed = true
      clearInterval(heartbeat)
      stop()
    })
    let begin = () => undefined as void
    const begun = new Promise<void>((resolve) => (begin = resolve))
    stop = await ctx.waitingRoom.follow(roomId, knockId, ctx.browsers.find(req), (outcome, knock) => {
      void begun.then(async () => {
        if (isClosed) return
        if (outcome !== 'admitted') return finish(outcome, {})
        try {
          const token = await ctx.entry.issueAdmitted(knock, ctx.livekitUrlFor(baseUrl))
          if (token === null) finish('expired', {})
          else finish('admitted', { token, serverKey: ctx.voice.publicKey })
        } catch (err) {
          const known = err instanceof ParleyError
          if (!known) ctx.log.error({ err }, 'somebody who was admitted got no token')
          finish(
            'refused',
            known ? { status: err.status, code: err.code, message: err.message } : { status: 500 },
          )
        }
      })
    })
    if (isClosed) {
      stop()
      return new Streamed()
    }
    res.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    })
    res.write('retry: 2000\n\n')
    heartbeat = setInterval(() => res.write(': still waiting\n\n'), HEARTBEAT_MS).unref()
    begin()
    return new Streamed()
  },
})
