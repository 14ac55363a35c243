import { z } from 'zod'
import type { Context } from '../context.ts'
import { type Caller, somebody } from '../http/caller.ts'
import { endpoint, Reply } from '../http/endpoint.ts'
import { chosenFields, paginationOf } from '../rooms/fields.ts'
import { FieldsQuery } from '../http/lists.ts'
import { forbidden, ParleyError } from '../errors.ts'
import { sendMedia, sendZip } from './media.ts'
import {
  ListRecordings,
  MediaQuery,
  RangeHeaders,
  RecordingIdsQuery,
  RecordingList,
  RecordingMessage,
  RecordingParams,
  RecordingsDeleted,
  RecordingUrl,
  RecordingView,
  SecretQuery,
  StartRecording,
  UrlQuery,
} from './schema.ts'
import type { RecordingRow } from './store.ts'
import { viewRecording } from './view.ts'

/** The public API of recordings: contract/openvidu-meet.md 1.3 and 4. */

export const startRecording = endpoint({
  method: 'post',
  path: '/api/v1/recordings',
  summary: "Record a room's meeting; answers when it is really being recorded",
  description:
    "One recording at a time in a room; others go on beside it. Without `config` the room's own layout and encoding are used. The answer says `active`.",
  errors: [
    'room_not_found',
    'recording_disabled',
    'recording_already_started',
    'room_has_no_participants',
    'recorder_unavailable',
    'recording_capacity',
    'recording_start_timeout',
    'storage_full',
  ],
  scope: 'recording.write',
  dialect: 'openvidu',
  group: 'create',
  needs: { key: 'write', roomMember: true },
  query: FieldsQuery,
  body: StartRecording,
  example: { roomId: 'daily-k3j9x0q2ab7c1de' },
  answer: { status: 201, body: RecordingView, headers: ['Location'] },
  act: async (ctx, { caller, query, body, req, baseUrl }) => {
    const row = await ctx.recordings.start(somebody(caller), body, req.ip ?? '')
    const { fields } = chosenFields(query, (name) => req.get(name))
    return new Reply(viewRecording(row, fields), {
      headers: { Location: `${baseUrl}/api/v1/recordings/${row.recordingId}` },
    })
  },
})

export const stopRecording = endpoint({
  method: 'post',
  path: '/api/v1/recordings/:recordingId/stop',
  summary: 'Stop a recording; its file follows in a moment',
  description:
    'The answer says `ending`; a moment later the recording is `complete`, which `recordingEnded` tells.',
  errors: ['recording_not_found', 'recording_starting', 'recording_already_stopped'],
  scope: 'recording.write',
  dialect: 'openvidu',
  needs: { key: 'write', roomMember: true },
  params: RecordingParams,
  paramsPrefix: 'params',
  query: FieldsQuery,
  answer: { status: 202, body: RecordingView, headers: ['Location'] },
  act: async (ctx, { caller, params, query, req, baseUrl }) => {
    const row = await ctx.recordings.stop(somebody(caller), params.recordingId, req.ip ?? '')
    const { fields } = chosenFields(query, (name) => req.get(name))
    return new Reply(viewRecording(row, fields), {
      headers: { Location: `${baseUrl}/api/v1/recordings/${row.recordingId}` },
    })
  },
})

export const listRecordings = endpoint({
  method: 'get',
  path: '/api/v1/recordings',
  summary: 'List recordings, newest first',
  description:
    'With a key all of the environment; with a room member token those of its room; users see those of rooms that they own, are a member of, or may enter.',
  scope: 'recording.read',
  dialect: 'openvidu',
  group: 'read',
  needs: { key: 'read', roomMember: true, session: 'member' },
  query: ListRecordings,
  answer: { status: 200, body: RecordingList },
  act: async (ctx, { caller, query, req }) => {
    const { fields } = chosenFields(query, (name) => req.get(name))
    const { rows, nextPageToken } = await ctx.recordings.list(somebody(caller), query)
    return {
      recordings: rows.map((row) => viewRecording(row, fields)),
      pagination: paginationOf(query.maxItems, nextPageToken),
    }
  },
})

export const deleteRecordings = endpoint({
  method: 'delete',
  path: '/api/v1/recordings',
  summary: 'Delete many recordings and their files',
  description: 'Each on its own: those that fail are named, and the answer is 400 then.',
  scope: 'recording.write',
  dialect: 'openvidu',
  needs: { key: 'write', roomMember: true, session: 'member' },
  query: RecordingIdsQuery,
  answer: { status: 200, body: RecordingsDeleted, alsoStatus: [400] },
  act: async (ctx, { caller, query, req }) => {
    const { deleted, failed } = await ctx.recordings.deleteMany(
      somebody(caller),
      query.recordingIds,
      req.ip ?? '',
    )
    const message =
      failed.length === 0
        ? 'All recordings deleted successfully'
        : `${failed.length} recording(s) could not be deleted`
    return new Reply({ message, deleted, failed }, { status: failed.length === 0 ? 200 : 400 })
  },
})

/** Those of many that the caller may download; the others count as unreadable. */
async function downloadable(ctx: Context, caller: Caller, recordingIds: string[]): Promise<RecordingRow[]> {
  const rows: RecordingRow[] = []
  for (const recordingId of new Set(recordingIds)) {
    try {
      rows.push(await ctx.recordings.get(caller, recordingId, undefined, 'recordingDownload'))
    } catch (err) {
      if (!(err instanceof ParleyError)) throw err
    }
  }
  return rows
}

export const downloadRecordings = endpoint({
  method: 'get',
  path: '/api/v1/recordings/download',
  summary: 'Many recordings as one zip',
  description:
    'Streamed, without compression. Recordings that have no file or may not be downloaded are left out.',
  errors: ['nothing_to_download'],
  scope: 'recording.read',
  dialect: 'openvidu',
  needs: { key: 'read', roomMember: true, session: 'member' },
  query: RecordingIdsQuery,
  answer: { status: 200, body: z.null(), type: 'application/zip', headers: ['Content-Disposition'] },
  act: async (ctx, { caller, query, res }) => {
    if (caller.kind === 'roomMember' && !caller.claims.permissions.recordingDownload) throw forbidden()
    const rows = await downloadable(ctx, caller, query.recordingIds)
    return sendZip(ctx.storage, rows, res, ctx.log)
  },
})

export const getRecording = endpoint({
  method: 'get',
  path: '/api/v1/recordings/:recordingId',
  summary: 'One recording',
  description: 'For permitted callers, or without any credential for who has the secret of a link.',
  errors: [
    'recording_not_found',
    'recording_secret_invalid',
    'recording_link_expired',
    'anonymous_access_disabled',
    'auth_missing',
  ],
  scope: 'recording.read',
  dialect: 'openvidu',
  group: 'read',
  parseFirst: true,
  needs: { key: 'read', roomMember: true, session: 'member', anonymous: true, isSessionOptional: true },
  params: RecordingParams,
  paramsPrefix: 'params',
  query: SecretQuery,
  answer: { status: 200, body: RecordingView },
  act: async (ctx, { caller, params, query, req }) => {
    const secret = query.recordingSecret ?? query.secret
    const row = await ctx.recordings.get(caller, params.recordingId, secret, 'recordingPlay')
    const { fields } = chosenFields(query, (name) => req.get(name))
    return viewRecording(row, fields)
  },
})

export const deleteRecording = endpoint({
  method: 'delete',
  path: '/api/v1/recordings/:recordingId',
  summary: 'Delete a recording and its file',
  description: 'For good. One that runs has to be stopped first.',
  errors: ['recording_not_found', 'recording_running'],
  scope: 'recording.write',
  dialect: 'openvidu',
  needs: { key: 'write', roomMember: true, session: 'member' },
  params: RecordingParams,
  answer: { status: 200, body: RecordingMessage },
  act: async (ctx, { caller, params, req }) => {
    await ctx.recordings.delete(somebody(caller), params.recordingId, req.ip ?? '')
    return { message: `Recording '${params.recordingId}' deleted successfully` }
  },
})

const media = {
  method: 'get',
  dialect: 'openvidu',
  group: 'read',
  parseFirst: true,
  needs: { key: 'read', roomMember: true, session: 'member', anonymous: true, isSessionOptional: true },
  params: RecordingParams,
  paramsPrefix: 'params',
  query: MediaQuery,
  headers: RangeHeaders,
  errors: [
    'recording_not_found',
    'recording_secret_invalid',
    'recording_link_expired',
    'anonymous_access_disabled',
    'auth_missing',
    'recording_not_streamable',
    'range_not_satisfiable',
  ],
  scope: 'recording.read',
  answer: {
    status: 200,
    body: z.null(),
    alsoStatus: [206],
    type: 'video/mp4',
    headers: ['Content-Range', 'Content-Disposition'],
  },
} as const

export const streamRecording = endpoint({
  ...media,
  path: '/api/v1/recordings/:recordingId/media',
  summary: "A recording's MP4, whole or a range of it",
  description:
    'Ranges are `bytes=a-b` or `bytes=a-`. For permitted callers, or for who has the secret of a link.',
  act: async (ctx, { caller, params, query, headers, req, res }) => {
    const secret = query.recordingSecret ?? query.secret
    const row = await ctx.recordings.get(caller, params.recordingId, secret, 'recordingPlay')
    const { range } = headers as z.output<typeof RangeHeaders>
    return sendMedia(ctx.storage, row, { range, asAttachment: false }, req, res)
  },
})

export const downloadRecording = endpoint({
  ...media,
  path: '/api/v1/recordings/:recordingId/download',
  summary: "A recording's MP4, to be saved as a file",
  description: 'The same bytes as `media`, with a name to save them under.',
  act: async (ctx, { caller, params, query, headers, req, res }) => {
    const secret = query.recordingSecret ?? query.secret
    const row = await ctx.recordings.get(caller, params.recordingId, secret, 'recordingDownload')
    const { range } = headers as z.output<typeof RangeHeaders>
    return sendMedia(ctx.storage, row, { range, asAttachment: true }, req, res)
  },
})

export const getRecordingUrl = endpoint({
  method: 'get',
  path: '/api/v1/recordings/:recordingId/url',
  summary: 'A link under which others may watch it',
  description:
    'Anybody with the link may watch, or with `privateAccess=true` who is signed in. It lasts as long as the recording unless `expiresInSeconds` is given.',
  errors: ['recording_not_found', 'anonymous_access_disabled'],
  scope: 'recording.read',
  dialect: 'openvidu',
  group: 'read',
  needs: { key: 'read', roomMember: true, session: 'member' },
  params: RecordingParams,
  paramsPrefix: 'params',
  query: UrlQuery,
  answer: { status: 200, body: RecordingUrl },
  act: async (ctx, { caller, params, query, baseUrl }) => {
    const wanted = { isPrivate: query.privateAccess, expiresInSeconds: query.expiresInSeconds }
    return { url: await ctx.recordings.link(somebody(caller), params.recordingId, wanted, baseUrl) }
  },
})
