import { z } from 'zod'
import { forbidden, NotFound } from '../errors.ts'
import { type Caller, type RoomMemberCaller, somebody } from '../http/caller.ts'
import { endpoint, Streamed } from '../http/endpoint.ts'
import { MeetingParams } from '../meetings/schema.ts'
import { sendStream } from './media.ts'
import {
  ConsentAnswer,
  ConsentLog,
  MediaQuery,
  RecordingParams,
  RecordingState,
  RecordingView,
  RenameRecording,
} from './schema.ts'
import { viewRecording } from './view.ts'

/** What only our own pages ask: the state in a meeting, consent, names and pictures. */

function memberOf(caller: Caller, roomId: string): RoomMemberCaller {
  if (caller.kind !== 'roomMember')
    throw new Error(`an endpoint for room members was reached by ${caller.kind}`)
  if (caller.roomId !== roomId) throw forbidden()
  return caller
}

export const getRecordingState = endpoint({
  method: 'get',
  path: '/internal-api/v1/meetings/:roomId/recording',
  summary: 'Whether this meeting is being recorded, and what this participant answered to that',
  dialect: 'openvidu',
  needs: { roomMember: true },
  params: MeetingParams,
  answer: { status: 200, body: RecordingState },
  act: (ctx, { caller, params }) => ctx.consents.state(memberOf(caller, params.roomId)),
})

export const answerConsent = endpoint({
  method: 'put',
  path: '/internal-api/v1/meetings/:roomId/recording/consent',
  summary: 'Agree to be recorded, or decline',
  dialect: 'openvidu',
  needs: { roomMember: true },
  params: MeetingParams,
  body: ConsentAnswer,
  answer: { status: 200, body: RecordingState },
  act: (ctx, { caller, params, body }) => ctx.consents.answer(memberOf(caller, params.roomId), body.answer),
})

export const listRecordingConsents = endpoint({
  method: 'get',
  path: '/internal-api/v1/recordings/:recordingId/consents',
  summary: 'Who agreed to be recorded, and who declined',
  dialect: 'openvidu',
  needs: { key: 'read', roomMember: true, session: 'member' },
  params: RecordingParams,
  answer: { status: 200, body: ConsentLog },
  act: async (ctx, { caller, params }) => {
    const rows = await ctx.recordings.consents(somebody(caller), params.recordingId)
    return {
      consents: rows.map(({ identity, name, answer, text, at }) => ({ identity, name, answer, text, at })),
    }
  },
})

export const renameRecording = endpoint({
  method: 'patch',
  path: '/internal-api/v1/recordings/:recordingId',
  summary: 'Give a recording a name of its own',
  dialect: 'openvidu',
  needs: { key: 'write', roomMember: true, session: 'member' },
  params: RecordingParams,
  body: RenameRecording,
  answer: { status: 200, body: RecordingView },
  act: async (ctx, { caller, params, body }) =>
    viewRecording(await ctx.recordings.rename(somebody(caller), params.recordingId, body.title)),
})

export const getThumbnail = endpoint({
  method: 'get',
  path: '/internal-api/v1/recordings/:recordingId/thumbnail',
  summary: "A recording's picture",
  dialect: 'openvidu',
  needs: { key: 'read', roomMember: true, session: 'member', anonymous: true, isSessionOptional: true },
  params: RecordingParams,
  query: MediaQuery,
  answer: { status: 200, body: z.null(), type: 'image/jpeg' },
  act: async (ctx, { caller, params, query, res }) => {
    const secret = query.recordingSecret ?? query.secret
    const row = await ctx.recordings.get(caller, params.recordingId, secret, 'recordingList')
    if (row.thumbnailKey === null)
      throw new NotFound('file_not_found', `Recording '${row.recordingId}' has no picture`)
    const content = await ctx.storage.get(row.thumbnailKey)
    res.status(200).set({
      'Content-Type': 'image/jpeg',
      // It never changes once it is there.
      'Cache-Control': 'private, max-age=86400',
      'X-Content-Type-Options': 'nosniff',
    })
    await sendStream(content, res)
    return new Streamed()
  },
})
