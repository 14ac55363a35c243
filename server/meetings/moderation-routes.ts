import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'
import { participantOf } from './callers.ts'
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

export const setParticipantMedia = endpoint({
  method: 'put',
  path: '/internal-api/v1/meetings/:roomId/participants/:identity/media',
  summary: 'Mute or stop what a participant sends, or ask them to send it',
  needs: { roomMember: 'participantKick' },
  params: ParticipantParams,
  body: MediaChange,
  answer: nothing,
  act: async (ctx, { caller, params, body }) => {
    await ctx.moderation.setMedia(participantOf(caller, params.roomId), params.identity, body)
    return null
  },
})

export const muteAll = endpoint({
  method: 'post',
  path: '/internal-api/v1/meetings/:roomId/mute-all',
  summary: 'Mute every microphone but one’s own',
  needs: { roomMember: 'participantKick' },
  params: MeetingParams,
  answer: nothing,
  act: async (ctx, { caller, params }) => {
    await ctx.moderation.muteAll(participantOf(caller, params.roomId))
    return null
  },
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
    locks: await ctx.moderation.setLocks(participantOf(caller, params.roomId), body),
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
  act: async (ctx, { caller, params, body }) => {
    await ctx.moderation.setSpotlight(participantOf(caller, params.roomId), body.identity)
    return null
  },
})

export const putOwnHand = endpoint({
  method: 'put',
  path: '/internal-api/v1/meetings/:roomId/hands/me',
  summary: 'Raise or lower one’s own hand',
  needs: { roomMember: true },
  params: MeetingParams,
  body: PutHand,
  answer: nothing,
  act: async (ctx, { caller, params, body }) => {
    await ctx.moderation.setOwnHand(participantOf(caller, params.roomId), body.isRaised)
    return null
  },
})

export const lowerHand = endpoint({
  method: 'delete',
  path: '/internal-api/v1/meetings/:roomId/hands/:identity',
  summary: 'Lower a participant’s hand',
  needs: { roomMember: 'participantPromote' },
  params: ParticipantParams,
  answer: nothing,
  act: async (ctx, { caller, params }) => {
    await ctx.moderation.lowerHands(participantOf(caller, params.roomId), params.identity)
    return null
  },
})

export const lowerHands = endpoint({
  method: 'delete',
  path: '/internal-api/v1/meetings/:roomId/hands',
  summary: 'Lower all hands',
  needs: { roomMember: 'participantPromote' },
  params: MeetingParams,
  answer: nothing,
  act: async (ctx, { caller, params }) => {
    await ctx.moderation.lowerHands(participantOf(caller, params.roomId), null)
    return null
  },
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
  act: async (ctx, { caller, params, body }) => {
    await ctx.moderation.react(participantOf(caller, params.roomId), body.reaction)
    return null
  },
})
