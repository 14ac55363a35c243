import { z } from 'zod'
import type { Context } from '../context.ts'
import type { Caller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'
import { type ParticipantCaller, presentOf } from './callers.ts'
import type { Moderation } from './moderation.ts'
import {
  LocksAnswer,
  MediaChange,
  MeetingParams,
  ParticipantParams,
  PutHand,
  PutLocks,
  PutSpotlight,
  React,
} from './schema.ts'

const nothing = { status: 204, body: z.null() }

/** Does something for the participant who calls, to `targetOf` where that is somebody else, and answers nothing. */
const quietly =
  <P extends { roomId: string }, B>(
    work: (moderation: Moderation, me: ParticipantCaller, sent: { params: P; body: B }) => Promise<void>,
    targetOf?: (sent: { params: P; body: B }) => string | null,
  ) =>
  async (ctx: Context, { caller, params, body }: { caller: Caller; params: P; body: B }): Promise<null> => {
    const me = await presentOf(ctx, caller, params.roomId, targetOf?.({ params, body }))
    await work(ctx.moderation, me, { params, body })
    return null
  }

export const setParticipantMedia = endpoint({
  method: 'put',
  path: '/internal-api/v1/meetings/:roomId/participants/:identity/media',
  summary: 'Mute or stop what a participant sends, or ask them to send it',
  needs: { roomMember: 'participantKick' },
  params: ParticipantParams,
  body: MediaChange,
  answer: nothing,
  act: quietly(
    (moderation, me, { params, body }) => moderation.setMedia(me, params.identity, body),
    ({ params }) => params.identity,
  ),
})

export const muteAll = endpoint({
  method: 'post',
  path: '/internal-api/v1/meetings/:roomId/mute-all',
  summary: 'Mute every microphone but one’s own',
  needs: { roomMember: 'participantKick' },
  params: MeetingParams,
  answer: nothing,
  act: quietly((moderation, me) => moderation.muteAll(me)),
})

export const putLocks = endpoint({
  method: 'put',
  path: '/internal-api/v1/meetings/:roomId/locks',
  summary: 'Lock or unlock microphones, cameras, screens and chat of everybody who may not remove others',
  needs: { roomMember: 'participantKick' },
  params: MeetingParams,
  body: PutLocks,
  answer: { status: 200, body: LocksAnswer },
  act: async (ctx, { caller, params, body }) => ({
    locks: await ctx.moderation.setLocks(await presentOf(ctx, caller, params.roomId), body),
  }),
})

export const putSpotlight = endpoint({
  method: 'put',
  path: '/internal-api/v1/meetings/:roomId/spotlight',
  summary: 'Put a participant on everybody’s stage, or with null nobody',
  needs: { roomMember: 'participantPromote' },
  params: MeetingParams,
  body: PutSpotlight,
  answer: nothing,
  act: quietly(
    (moderation, me, { body }) => moderation.setSpotlight(me, body.identity),
    ({ body }) => body.identity,
  ),
})

export const putOwnHand = endpoint({
  method: 'put',
  path: '/internal-api/v1/meetings/:roomId/hands/me',
  summary: 'Raise or lower one’s own hand',
  needs: { roomMember: true },
  params: MeetingParams,
  body: PutHand,
  answer: nothing,
  act: quietly((moderation, me, { body }) => moderation.setOwnHand(me, body.isRaised)),
})

export const lowerHand = endpoint({
  method: 'delete',
  path: '/internal-api/v1/meetings/:roomId/hands/:identity',
  summary: 'Lower a participant’s hand',
  needs: { roomMember: 'participantPromote' },
  params: ParticipantParams,
  answer: nothing,
  act: quietly((moderation, me, { params }) => moderation.lowerHands(me, params.identity)),
})

export const lowerHands = endpoint({
  method: 'delete',
  path: '/internal-api/v1/meetings/:roomId/hands',
  summary: 'Lower all hands',
  needs: { roomMember: 'participantPromote' },
  params: MeetingParams,
  answer: nothing,
  act: quietly((moderation, me) => moderation.lowerHands(me, null)),
})

export const sendReaction = endpoint({
  method: 'post',
  path: '/internal-api/v1/meetings/:roomId/reactions',
  summary: 'Show a reaction to everybody',
  limit: 'reaction',
  needs: { roomMember: true },
  params: MeetingParams,
  body: React,
  answer: nothing,
  act: quietly((moderation, me, { body }) => moderation.react(me, body.reaction)),
})
