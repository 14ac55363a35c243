import { z } from 'zod'
import type { Context } from '../context.ts'
import { consoleCaller } from '../http/caller.ts'
import { endpoint, Reply } from '../http/endpoint.ts'
import {
  CreateRoom,
  DeletePolicies,
  DeleteRooms,
  FieldsQuery,
  ListRooms,
  PutAccess,
  PutConfig,
  PutRoles,
  PutSettings,
  PutStatus,
  RoomAccessView,
  RoomConfigView,
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
  dialect: 'openvidu',
  group: 'create',
  takesPermissions: true,
  needs: { key: 'write', session: 'member' },
  query: FieldsQuery,
  body: CreateRoom,
  answer: { status: 201, body: RoomView },
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
  dialect: 'openvidu',
  group: 'read',
  isPure: true,
  needs: { key: 'read', session: 'member' },
  query: ListRooms,
  answer: { status: 200, body: RoomList },
  act: async (ctx, { caller, query, req, baseUrl }) => {
    const chosen = chosenFields(query, (name) => req.get(name))
    const options = viewOptions(ctx, { ...chosen, baseUrl })
    const isWhole = EXTRA_FIELDS.some((name) => chosen.extraFields.includes(name))
    const who = consoleCaller(caller)
    const { rows, nextPageToken } = await ctx.rooms.list(who, query, isWhole)
    const rooms = await Promise.all(
      rows.map(async (row) =>
        viewRoom(row, { ...options, showsLinks: await ctx.rooms.mayShareLinks(who, row) }),
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
  summary: 'One room',
  dialect: 'openvidu',
  group: 'read',
  isPure: true,
  needs: { key: 'read', roomMember: true, session: 'member' },
  params: RoomParams,
  query: FieldsQuery,
  answer: { status: 200, body: RoomView },
  act: async (ctx, { caller, params, query, req, baseUrl }) => {
    if (caller.kind === 'nobody') throw new Error('unreachable: this endpoint needs a caller')
    const row = await ctx.rooms.get(caller, params.roomId)
    const chosen = chosenFields(query, (name) => req.get(name))
    return new Reply(
      {
        ...viewRoom(row, {
          ...viewOptions(ctx, { ...chosen, baseUrl }),
          showsLinks: await ctx.rooms.mayShareLinks(caller, row),
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
  summary: 'Delete a room, or arrange for it when its meeting ends',
  dialect: 'openvidu',
  paramsPrefix: null,
  group: 'crud',
  needs: { key: 'write', session: 'member' },
  params: RoomParams,
  query: DeletePolicies,
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
  summary: 'Delete several rooms; each succeeds or fails on its own',
  dialect: 'openvidu',
  group: 'crud',
  needs: { key: 'write', session: 'member' },
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
  summary: "A room's short code, for joining by hand",
  dialect: 'openvidu',
  group: 'read',
  needs: { key: 'read', roomMember: true, session: 'member' },
  params: RoomParams,
  answer: { status: 200, body: z.object({ code: z.string() }) },
  act: async (ctx, { caller, params }) => {
    if (caller.kind === 'nobody') throw new Error('unreachable: this endpoint needs a caller')
    return { code: await ctx.rooms.codeOf(caller, params.roomId) }
  },
})

const manage = { key: 'write', session: 'member' } as const
const mayRead = { key: 'read', roomMember: true, session: 'member' } as const

export const getRoomConfig = endpoint({
  method: 'get',
  path: '/api/v1/rooms/:roomId/config',
  summary: "A room's config",
  dialect: 'openvidu',
  group: 'config',
  isPure: true,
  needs: mayRead,
  params: RoomParams,
  answer: { status: 200, body: RoomConfigView },
  act: async (ctx, { caller, params }) => {
    if (caller.kind === 'nobody') throw new Error('unreachable: this endpoint needs a caller')
    return configOf(await ctx.rooms.get(caller, params.roomId))
  },
})

export const putRoomConfig = endpoint({
  method: 'put',
  path: '/api/v1/rooms/:roomId/config',
  summary: "Change parts of a room's config; not during a meeting",
  dialect: 'openvidu',
  group: 'config',
  needs: manage,
  params: RoomParams,
  body: PutConfig,
  answer: { status: 200, body: RoomConfigView },
  act: async (ctx, { caller, params, body, req }) =>
    configOf(await ctx.rooms.setConfig(consoleCaller(caller), params.roomId, body, req.ip ?? '')),
})

export const putRoomStatus = endpoint({
  method: 'put',
  path: '/api/v1/rooms/:roomId/status',
  summary: 'Open or close a room; during a meeting it closes when the meeting ends',
  dialect: 'openvidu',
  group: 'crud',
  needs: manage,
  params: RoomParams,
  query: FieldsQuery,
  body: PutStatus,
  answer: { status: 200, body: RoomView, alsoStatus: [202] },
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
  summary: 'Change what moderators and speakers may do; not during a meeting',
  dialect: 'openvidu',
  group: 'crud',
  takesPermissions: true,
  needs: manage,
  params: RoomParams,
  body: PutRoles,
  answer: { status: 200, body: RoomRolesView },
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
  summary: 'Switch access links on or off; not during a meeting',
  dialect: 'openvidu',
  group: 'crud',
  needs: manage,
  params: RoomParams,
  body: PutAccess,
  answer: { status: 200, body: RoomAccessView },
  act: async (ctx, { caller, params, body, req, baseUrl }) =>
    accessView(await ctx.rooms.setAccess(consoleCaller(caller), params.roomId, body, req.ip ?? ''), baseUrl),
})

export const rotateRoomAccess = endpoint({
  method: 'post',
  path: '/api/v1/rooms/:roomId/access/rotate',
  summary: 'Replace the secret of an access link; the old link says that it has been replaced',
  dialect: 'openvidu',
  group: 'crud',
  needs: manage,
  params: RoomParams,
  body: RotateAccess,
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
  summary: "Parley's own settings of a room",
  dialect: 'openvidu',
  group: 'config',
  isPure: true,
  needs: mayRead,
  params: RoomParams,
  answer: { status: 200, body: RoomSettings },
  act: async (ctx, { caller, params }) => {
    if (caller.kind === 'nobody') throw new Error('unreachable: this endpoint needs a caller')
    return settingsOf(await ctx.rooms.get(caller, params.roomId))
  },
})

export const putRoomSettings = endpoint({
  method: 'put',
  path: '/api/v1/rooms/:roomId/settings',
  summary: "Change Parley's own settings of a room, also during a meeting",
  dialect: 'openvidu',
  group: 'config',
  needs: manage,
  params: RoomParams,
  body: PutSettings,
  answer: { status: 200, body: RoomSettings },
  act: (ctx, { caller, params, body, req }) =>
    ctx.rooms.setSettings(consoleCaller(caller), params.roomId, body, req.ip ?? ''),
})
