import { z } from 'zod'
import type { Context } from '../context.ts'
import { consoleCaller, somebody } from '../http/caller.ts'
import { endpoint, Reply } from '../http/endpoint.ts'
import { FieldsQuery } from '../http/lists.ts'
import { RoomConfigView } from './config-schema.ts'
import {
  CreateRoom,
  DeletePolicies,
  DeleteRooms,
  ListRooms,
  PutAccess,
  PutConfig,
  PutRoles,
  PutSettings,
  PutStatus,
  RoomAccessView,
  RoomDeleted,
  RoomList,
  RoomParams,
  RoomRolesView,
  RoomSettings,
  RoomView,
  RoomsDeleted,
  RotateAccess,
} from './schema.ts'
import { chosenFields, type Chosen, paginationOf } from './fields.ts'
import type { RoomRow } from './store.ts'
import {
  accessView,
  configOf,
  EXTRA_FIELDS,
  rolesOf,
  rolesView,
  settingsOf,
  type ViewOptions,
  viewRoom,
} from './view.ts'
import { mayShareLinks } from './visibility.ts'

interface Shown extends Chosen {
  baseUrl: string
}
const viewOptions = (ctx: Context, { fields, extraFields, baseUrl }: Shown): ViewOptions => ({
  fields,
  extraFields,
  baseUrl,
  permissionNames: ctx.config.compatibility.permissionNames,
})
const showSingle = (ctx: Context, row: RoomRow, shown: Shown) => ({
  ...viewRoom(row, viewOptions(ctx, shown)),
  _extraFields: [...EXTRA_FIELDS],
})

/** Answers that carry permissions under deprecated names say so. */
const deprecation = (ctx: Context, extraFields: string[]): Record<string, string> =>
  ctx.config.compatibility.permissionNames === 'both' && extraFields.includes('roles')
    ? { Deprecation: 'true' }
    : {}

export const createRoom = endpoint({
  method: 'post',
  path: '/api/v1/rooms',
  summary: 'Create a room',
  description:
    'A room has links for moderators, speakers and its recordings from the start, in `access`. Without a body it is called `Room`. With `fields` the answer holds only what is chosen.',
  dialect: 'openvidu',
  group: 'create',
  takesPermissions: true,
  needs: { key: 'write', session: 'manager' },
  scope: 'room.write',
  query: FieldsQuery,
  body: CreateRoom,
  example: { roomName: 'Daily' },
  answer: { status: 201, body: RoomView, headers: ['Location', 'Deprecation'] },
  act: async (ctx, { caller, query, body, req, baseUrl }) => {
    const row = await ctx.rooms.create(consoleCaller(caller), body, req.ip ?? '')
    const chosen = chosenFields(query, (name) => req.get(name))
    return new Reply(showSingle(ctx, row, { ...chosen, baseUrl }), {
      headers: { Location: `${baseUrl}/api/v1/rooms/${row.roomId}`, ...deprecation(ctx, chosen.extraFields) },
    })
  },
})

export const listRooms = endpoint({
  method: 'get',
  path: '/api/v1/rooms',
  summary: 'List rooms, newest first',
  description:
    'Rooms of the organization and environment of the key. `owner`, `member` and `userAccess` are joined by *or*. The list comes in pages: see the guide on paging.',
  dialect: 'openvidu',
  group: 'read',
  isPure: true,
  needs: { key: 'read', session: 'member' },
  scope: 'room.read',
  query: ListRooms,
  answer: { status: 200, body: RoomList, headers: ['Deprecation'] },
  act: async (ctx, { caller, query, req, baseUrl }) => {
    const chosen = chosenFields(query, (name) => req.get(name))
    const options = viewOptions(ctx, { ...chosen, baseUrl })
    const isWhole = EXTRA_FIELDS.some((name) => chosen.extraFields.includes(name))
    const who = consoleCaller(caller)
    const { rows, nextPageToken } = await ctx.rooms.list(who, query, isWhole)
    const rooms = await Promise.all(
      rows.map(async (row) =>
        viewRoom(row, { ...options, showsLinks: await mayShareLinks(ctx.database.db, who, row) }),
      ),
    )
    const pagination = paginationOf(query.maxItems, nextPageToken)
    return new Reply(
      {
        rooms,
        pagination,
        _extraFields: [...EXTRA_FIELDS],
      },
      { headers: deprecation(ctx, chosen.extraFields) },
    )
  },
})

export const getRoom = endpoint({
  method: 'get',
  path: '/api/v1/rooms/:roomId',
  summary: 'Show a room',
  description: 'With a room member token only that room. Links are absent for who may not share them.',
  dialect: 'openvidu',
  group: 'read',
  isPure: true,
  needs: { key: 'read', roomMember: true, session: 'member' },
  scope: 'room.read',
  params: RoomParams,
  query: FieldsQuery,
  errors: ['room_not_found'],
  answer: { status: 200, body: RoomView, headers: ['Deprecation'] },
  act: async (ctx, { caller, params, query, req, baseUrl }) => {
    const row = await ctx.rooms.get(somebody(caller), params.roomId)
    const chosen = chosenFields(query, (name) => req.get(name))
    return new Reply(
      {
        ...viewRoom(row, {
          ...viewOptions(ctx, { ...chosen, baseUrl }),
          showsLinks: await mayShareLinks(ctx.database.db, somebody(caller), row),
        }),
        _extraFields: [...EXTRA_FIELDS],
      },
      {
        headers: deprecation(ctx, chosen.extraFields),
      },
    )
  },
})

export const deleteRoom = endpoint({
  method: 'delete',
  path: '/api/v1/rooms/:roomId',
  summary: 'Delete a room',
  description:
    'What happens to a running meeting and to recordings is for `withMeeting` and `withRecordings` to say; without them a room in use is not deleted. 202: it is deleted or closed when its meeting ends.',
  dialect: 'openvidu',
  paramsPrefix: null,
  group: 'crud',
  needs: { key: 'write', session: 'manager' },
  scope: 'room.write',
  params: RoomParams,
  query: DeletePolicies,
  errors: [
    'room_not_found',
    'room_has_recordings',
    'room_has_active_meeting',
    'room_with_recordings_has_active_meeting',
    'room_with_active_meeting_has_recordings',
    'room_with_active_meeting_has_recordings_cannot_schedule_deletion',
  ],
  answer: { status: 200, body: RoomDeleted, alsoStatus: [202] },
  act: async (ctx, { caller, params, query, req, baseUrl }) => {
    const { status, room, ...rest } = await ctx.rooms.delete(
      consoleCaller(caller),
      params.roomId,
      query,
      req.ip ?? '',
    )
    const chosen = chosenFields(query, (name) => req.get(name))
    const shown = room === undefined ? {} : { room: showSingle(ctx, room, { ...chosen, baseUrl }) }
    return new Reply({ ...rest, ...shown }, { status })
  },
})

export const deleteRooms = endpoint({
  method: 'delete',
  path: '/api/v1/rooms',
  summary: 'Delete several rooms',
  description:
    'The policies count for all. 400: at least one failed, and `failed` says why; the others are deleted.',
  dialect: 'openvidu',
  group: 'crud',
  needs: { key: 'write', session: 'manager' },
  scope: 'room.write',
  query: DeleteRooms,
  answer: { status: 200, body: RoomsDeleted, alsoStatus: [400] },
  act: async (ctx, { caller, query, req, baseUrl }) => {
    const { deleted, failed } = await ctx.rooms.deleteMany(
      consoleCaller(caller),
      query.roomIds,
      query,
      req.ip ?? '',
    )
    const chosen = chosenFields(query, (name) => req.get(name))
    const message =
      failed.length === 0
        ? 'All rooms successfully processed for deletion'
        : `${failed.length} room(s) failed to process while deleting`
    const shown = deleted.map(({ roomId, successCode, message: done, room }) => ({
      roomId,
      successCode,
      message: done,
      ...(room === undefined ? {} : { room: showSingle(ctx, room, { ...chosen, baseUrl }) }),
    }))
    return new Reply({ message, deleted: shown, failed }, { status: failed.length === 0 ? 200 : 400 })
  },
})

export const getRoomCode = endpoint({
  method: 'get',
  path: '/api/v1/rooms/:roomId/code',
  summary: "Show a room's short code",
  description:
    'Nine letters without look-alikes. Who types it at `/meeting/<code>` enters as a speaker, if the speaker link is on.',
  dialect: 'openvidu',
  group: 'read',
  needs: { key: 'read', roomMember: true, session: 'member' },
  scope: 'room.read',
  params: RoomParams,
  errors: ['room_not_found'],
  answer: {
    status: 200,
    body: z.object({
      code: z.string().meta({ description: 'The code that people type', examples: ['abc-def-ghi'] }),
    }),
  },
  act: async (ctx, { caller, params }) => {
    return { code: await ctx.rooms.codeOf(somebody(caller), params.roomId) }
  },
})

const manage = { key: 'write', session: 'manager' } as const
const mayRead = { key: 'read', roomMember: true, session: 'member' } as const

export const getRoomConfig = endpoint({
  method: 'get',
  path: '/api/v1/rooms/:roomId/config',
  summary: "Show a room's config",
  description: 'The same as `config` of a room with `extraFields=config`.',
  dialect: 'openvidu',
  group: 'config',
  isPure: true,
  needs: mayRead,
  scope: 'room.read',
  params: RoomParams,
  errors: ['room_not_found'],
  answer: { status: 200, body: RoomConfigView },
  act: async (ctx, { caller, params }) => {
    return configOf(await ctx.rooms.get(somebody(caller), params.roomId))
  },
})

export const putRoomConfig = endpoint({
  method: 'put',
  path: '/api/v1/rooms/:roomId/config',
  summary: "Change a room's config",
  description:
    'Not during a meeting. What is absent stays as it is. End-to-end encryption switches recording off, whatever was sent.',
  dialect: 'openvidu',
  group: 'config',
  needs: manage,
  scope: 'room.write',
  params: RoomParams,
  body: PutConfig,
  example: { config: { chat: { enabled: true }, recording: { enabled: true, layout: 'speaker' } } },
  errors: ['room_not_found', 'room_active'],
  answer: { status: 200, body: RoomConfigView },
  act: async (ctx, { caller, params, body, req }) =>
    configOf(await ctx.rooms.setConfig(consoleCaller(caller), params.roomId, body, req.ip ?? '')),
})

export const putRoomStatus = endpoint({
  method: 'put',
  path: '/api/v1/rooms/:roomId/status',
  summary: 'Open or close a room',
  description:
    'Nobody can join a closed room; its links say so. 202: a meeting runs, and the room closes when it ends.',
  dialect: 'openvidu',
  group: 'crud',
  needs: manage,
  scope: 'room.write',
  params: RoomParams,
  query: FieldsQuery,
  body: PutStatus,
  example: { status: 'closed' },
  errors: ['room_not_found'],
  answer: { status: 200, body: RoomView, headers: ['Deprecation'], alsoStatus: [202] },
  act: async (ctx, { caller, params, query, body, req, baseUrl }) => {
    const row = await ctx.rooms.setStatus(consoleCaller(caller), params.roomId, body.status, req.ip ?? '')
    const chosen = chosenFields(query, (name) => req.get(name))
    return new Reply(showSingle(ctx, row, { ...chosen, baseUrl }), {
      status: row.meetingEndAction === 'close' ? 202 : 200,
      headers: deprecation(ctx, chosen.extraFields),
    })
  },
})

export const putRoomRoles = endpoint({
  method: 'put',
  path: '/api/v1/rooms/:roomId/roles',
  summary: 'Change what roles may do',
  description:
    'Not during a meeting. Counts for who joins from now on, also by links that were handed out before. Tokens made before no longer work.',
  dialect: 'openvidu',
  group: 'crud',
  takesPermissions: true,
  needs: manage,
  scope: 'room.write',
  params: RoomParams,
  body: PutRoles,
  example: { roles: { speaker: { permissions: { mediaShareScreen: false } } } },
  errors: ['room_not_found', 'room_active'],
  answer: { status: 200, body: RoomRolesView, headers: ['Deprecation'] },
  act: async (ctx, { caller, params, body, req }) => {
    const row = await ctx.rooms.setRoles(consoleCaller(caller), params.roomId, body, req.ip ?? '')
    return new Reply(rolesView(rolesOf(row), ctx.config.compatibility.permissionNames), {
      headers: deprecation(ctx, ['roles']),
    })
  },
})

export const putRoomAccess = endpoint({
  method: 'put',
  path: '/api/v1/rooms/:roomId/access',
  summary: 'Switch access links on or off',
  description:
    'Not during a meeting. The links stay the same; one that is switched off lets nobody in. Tokens made before no longer work.',
  dialect: 'openvidu',
  group: 'crud',
  needs: manage,
  scope: 'room.write',
  params: RoomParams,
  body: PutAccess,
  example: { access: { anonymous: { speaker: { enabled: false } } } },
  errors: ['room_not_found', 'room_active'],
  answer: { status: 200, body: RoomAccessView },
  act: async (ctx, { caller, params, body, req, baseUrl }) =>
    accessView(await ctx.rooms.setAccess(consoleCaller(caller), params.roomId, body, req.ip ?? ''), baseUrl),
})

export const rotateRoomAccess = endpoint({
  method: 'post',
  path: '/api/v1/rooms/:roomId/access/rotate',
  summary: 'Replace an access link',
  description:
    'For a link that reached the wrong people: the old one says that it has been replaced. Who is in the meeting stays in it.',
  dialect: 'openvidu',
  group: 'crud',
  needs: manage,
  scope: 'room.write',
  params: RoomParams,
  body: RotateAccess,
  example: { role: 'speaker' },
  errors: ['room_not_found'],
  answer: { status: 200, body: RoomAccessView },
  act: async (ctx, { caller, params, body, req, baseUrl }) =>
    accessView(
      await ctx.rooms.rotateAccess(consoleCaller(caller), params.roomId, body.role, req.ip ?? ''),
      baseUrl,
    ),
})

export const getRoomSettings = endpoint({
  method: 'get',
  path: '/api/v1/rooms/:roomId/settings',
  summary: "Show a room's settings",
  description:
    'What rooms of OpenVidu Meet do not have: waiting room, chat history, attachments, locks, consent.',
  dialect: 'openvidu',
  group: 'config',
  isPure: true,
  needs: mayRead,
  scope: 'room.read',
  params: RoomParams,
  errors: ['room_not_found'],
  answer: { status: 200, body: RoomSettings },
  act: async (ctx, { caller, params }) => {
    return settingsOf(await ctx.rooms.get(somebody(caller), params.roomId))
  },
})

export const putRoomSettings = endpoint({
  method: 'put',
  path: '/api/v1/rooms/:roomId/settings',
  summary: "Change a room's settings",
  description: 'Also during a meeting. What is absent stays as it is. Everybody in it is told at once.',
  dialect: 'openvidu',
  group: 'config',
  needs: manage,
  scope: 'room.write',
  params: RoomParams,
  body: PutSettings,
  example: { waitingRoom: 'guests', maxParticipants: 50 },
  errors: ['room_not_found'],
  answer: { status: 200, body: RoomSettings },
  act: (ctx, { caller, params, body, req }) =>
    ctx.rooms.setSettings(consoleCaller(caller), params.roomId, body, req.ip ?? ''),
})
