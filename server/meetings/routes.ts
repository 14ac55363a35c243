import type { Request } from 'express'
import { z } from 'zod'
import { consoleCaller } from '../http/caller.ts'
import { endpoint, Reply } from '../http/endpoint.ts'
import { NotFound } from '../errors.ts'
import { findRoomByCode } from '../rooms/store.ts'
import { memberOf, participantOf, presentOf } from './callers.ts'
import { pastMeetings, presentParticipants } from './lists.ts'
import {
  ChangeRole,
  JoinAnswer,
  MeetingParams,
  Message,
  ParticipantParams,
  ParticipantsAnswer,
  PastMeeting,
  ReportTalk,
  TokenAnswer,
  TokenRequest,
} from './schema.ts'
import { addTalk } from './talk.ts'

const bearerOf = (req: Request): string | undefined =>
  req.get('x-room-member-token')?.match(/^Bearer (.+)$/)?.[1]

export const issueToken = endpoint({
  method: 'post',
  path: '/internal-api/v1/rooms/:roomId/members/token',
  summary: 'A room member token: what the bearer may do in a room, and with joinMeeting the way in',
  dialect: 'openvidu',
  needs: { session: 'member', anonymous: true, isSessionOptional: true },
  params: MeetingParams,
  body: TokenRequest,
  answer: { status: 200, body: JoinAnswer, alsoStatus: [202] },
  act: async (ctx, { caller, params, body, req, res, baseUrl }) => {
    if (caller.kind !== 'session' && caller.kind !== 'nobody')
      throw new Error('unreachable: other callers are not looked at')
    const request = {
      secret: body.secret,
      participantName: body.participantName,
      browserId: ctx.browsers.idOf(req, res),
      livekitUrl: ctx.livekitUrlFor(baseUrl),
      count: () => ctx.rateLimits.take(res, 'join', params.roomId),
      countWrongSecret: () => ctx.rateLimits.take(res, 'anonymous', req.ip ?? ''),
    }
    if (!body.joinMeeting) return { token: await ctx.entry.issueAccess(caller, params.roomId, request) }
    const serverKey = ctx.voice.publicKey
    const previous = bearerOf(req)
    if (previous !== undefined)
      return {
        token: await ctx.entry.issueRejoin(previous, params.roomId, request.livekitUrl),
        serverKey,
      }
    const answer = await ctx.entry.issueJoin(caller, params.roomId, request)
    if ('token' in answer) return { ...answer, serverKey }
    return new Reply({ status: 'waiting' as const, knockId: answer.knockId }, { status: 202 })
  },
})

export const refreshToken = endpoint({
  method: 'post',
  path: '/internal-api/v1/rooms/:roomId/members/token/refresh',
  summary: 'A fresh room member token for who is in the meeting',
  dialect: 'openvidu',
  needs: { anonymous: true },
  params: MeetingParams,
  answer: { status: 200, body: TokenAnswer },
  act: async (ctx, { params, req, baseUrl }) => {
    return { token: await ctx.entry.refresh(bearerOf(req), params.roomId, ctx.livekitUrlFor(baseUrl)) }
  },
})

export const endMeeting = endpoint({
  method: 'delete',
  path: '/internal-api/v1/meetings/:roomId',
  summary: 'End the meeting for all',
  dialect: 'openvidu',
  needs: { roomMember: 'meetingEnd' },
  params: MeetingParams,
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, params }) => {
    const member = memberOf(caller, params.roomId)
    await ctx.moderation.refuseSuspect(member)
    await ctx.meetings.end(member)
    return { message: `Meeting in room '${params.roomId}' has been ended` }
  },
})

export const listParticipants = endpoint({
  method: 'get',
  path: '/internal-api/v1/meetings/:roomId/participants',
  summary: 'Who is in the meeting, with the badge that the server gives them, and what holds for all',
  dialect: 'openvidu',
  group: 'read',
  needs: { roomMember: true },
  params: MeetingParams,
  answer: { status: 200, body: ParticipantsAnswer },
  act: async (ctx, { caller, params }) => {
    const { roomId } = await presentOf(ctx, caller, params.roomId)
    const [participants, state, remainingMs] = await Promise.all([
      presentParticipants(ctx.database.db, roomId),
      ctx.moderation.state(roomId),
      ctx.meetings.remainingMs(roomId),
    ])
    return { participants, state, remainingMs }
  },
})

export const reportTalk = endpoint({
  method: 'post',
  path: '/internal-api/v1/meetings/:roomId/talk',
  summary: 'How long LiveKit has heard the participant since the last time',
  needs: { roomMember: true },
  params: MeetingParams,
  body: ReportTalk,
  answer: { status: 204, body: z.null() },
  act: async (ctx, { caller, params, body }) => {
    await addTalk(ctx.database, ctx.clock, participantOf(caller, params.roomId), body.talkMs)
    return null
  },
})

export const kickParticipant = endpoint({
  method: 'delete',
  path: '/internal-api/v1/meetings/:roomId/participants/:identity',
  summary: 'Remove a participant for the rest of the meeting',
  dialect: 'openvidu',
  needs: { roomMember: 'participantKick' },
  params: ParticipantParams,
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, params }) => {
    const member = memberOf(caller, params.roomId)
    await ctx.meetings.notice(params.roomId, params.identity)
    await ctx.moderation.kick(member, params.identity)
    return { message: `Participant '${params.identity}' has been removed` }
  },
})

export const changeRole = endpoint({
  method: 'put',
  path: '/internal-api/v1/meetings/:roomId/participants/:identity/role',
  summary: 'Promote a participant to moderator, or take that back',
  dialect: 'openvidu',
  needs: { roomMember: 'participantPromote' },
  params: ParticipantParams,
  body: ChangeRole,
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, params, body }) => {
    const member = memberOf(caller, params.roomId)
    await ctx.meetings.notice(params.roomId, params.identity)
    await ctx.moderation.changeRole(member, params.identity, body.action)
    return {
      message: `Participant '${params.identity}' ${body.action === 'upgrade' ? 'is now a moderator' : 'is no longer a moderator'}`,
    }
  },
})

export const findByCode = endpoint({
  method: 'get',
  path: '/internal-api/v1/codes/:code',
  summary: 'The room behind a short code, as a speaker enters it',
  needs: { anonymous: true },
  params: z.object({ code: z.string().max(40) }),
  answer: { status: 200, body: z.object({ roomId: z.string(), secret: z.string() }) },
  act: async (ctx, { params, req, res }) => {
    const address = req.ip ?? ''
    await ctx.rateLimits.refuseSpent('anonymous', address)
    const code = params.code
      .toLowerCase()
      .replace(/[^a-z]/g, '')
      .replace(/^(...)(...)(...)$/, '$1-$2-$3')
    const room = await findRoomByCode(ctx.database.db, code)
    if (room === undefined || !(JSON.parse(room.access) as { speaker: boolean }).speaker) {
      // Who knows a code does not count: an office sits behind one address.
      await ctx.rateLimits.take(res, 'anonymous', address)
      throw new NotFound('code_not_found', 'No meeting has this code')
    }
    return { roomId: room.roomId, secret: room.speakerSecret }
  },
})

export const listRoomMeetings = endpoint({
  method: 'get',
  path: '/api/v1/rooms/:roomId/meetings',
  summary: 'List the meetings of a room',
  description:
    'Newest first, with who was there. A meeting lasts from the first join to the last leave. One that still runs has no `endedAt`.',
  dialect: 'openvidu',
  group: 'read',
  needs: { key: 'read', session: 'member' },
  scope: 'meeting.read',
  params: MeetingParams,
  query: z.object({
    maxItems: z.coerce
      .number()
      .int()
      .min(1)
      .max(100)
      .default(20)
      .meta({ description: 'How many to answer', examples: [20] }),
  }),
  errors: ['room_not_found'],
  answer: {
    status: 200,
    body: z.object({ meetings: z.array(PastMeeting).meta({ description: 'Newest first' }) }),
  },
  act: async (ctx, { caller, params, query }) => {
    const room = await ctx.rooms.get(consoleCaller(caller), params.roomId)
    return { meetings: await pastMeetings(ctx.database.db, room.roomId, query.maxItems) }
  },
})
