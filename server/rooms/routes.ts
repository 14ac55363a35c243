import { z } from 'zod'
import type { Context } from '../context.ts'
import { consoleCaller, type Caller } from '../http/caller.ts'
import { endpoint, Reply } from '../http/endpoint.ts'
import {
  CreateRoom,
  DeletePolicies,
  DeleteRooms,
  FieldsQuery,
  ListRooms,
  RoomDeleted,
  RoomList,
  RoomParams,
  RoomsDeleted,
  RoomView,
} from './schema.ts'
import type { RoomRow } from './store.ts'
import { EXTRA_FIELDS, viewRoom } from './view.ts'

interface Chosen {
  fields: string[]
  extraFields: string[]
}

/** Query and header ask for fields together (contract/openvidu-meet.md 0.7). */
function chosenFields(query: Chosen, header: (name: string) => string | undefined): Chosen {
  const merge = (own: string[], name: string) => [
    ...own,
    ...(header(name) ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ]
  return { fields: merge(query.fields, 'x-fields'), extraFields: merge(query.extraFields, 'x-extrafields') }
}

interface Shown extends Chosen {
  caller: Caller
  baseUrl: string
}
const showsLinks = (caller: Caller) =>
  caller.kind !== 'roomMember' || caller.claims.permissions.roomShareAccessLinks
const show = (ctx: Context, row: RoomRow, { caller, ...rest }: Shown) =>
  viewRoom(row, {
    ...rest,
    showsLinks: showsLinks(caller),
    permissionNames: ctx.config.compatibility.permissionNames,
  })
const showSingle = (ctx: Context, row: RoomRow, shown: Shown) => ({
  ...show(ctx, row, shown),
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
  needs: { key: 'write', session: 'member' },
  query: FieldsQuery,
  body: CreateRoom,
  answer: { status: 201, body: RoomView },
  act: async (ctx, { caller, query, body, req, baseUrl }) => {
    const row = await ctx.rooms.create(consoleCaller(caller), body, req.ip ?? '')
    const chosen = chosenFields(query, (name) => req.get(name))
    return new Reply(showSingle(ctx, row, { ...chosen, caller, baseUrl }), {
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
  needs: { key: 'read', session: 'member' },
  query: ListRooms,
  answer: { status: 200, body: RoomList },
  act: async (ctx, { caller, query, req, baseUrl }) => {
    const { rows, nextPageToken } = await ctx.rooms.list(consoleCaller(caller), query)
    const chosen = chosenFields(query, (name) => req.get(name))
    const pagination = {
      isTruncated: nextPageToken !== undefined,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      maxItems: query.maxItems,
    }
    return new Reply(
      {
        rooms: rows.map((row) => show(ctx, row, { ...chosen, caller, baseUrl })),
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
  needs: { key: 'read', roomMember: true, session: 'member' },
  params: RoomParams,
  query: FieldsQuery,
  answer: { status: 200, body: RoomView },
  act: async (ctx, { caller, params, query, req, baseUrl }) => {
    if (caller.kind === 'nobody') throw new Error('unreachable: this endpoint needs a caller')
    const row = await ctx.rooms.get(caller, params.roomId)
    const chosen = chosenFields(query, (name) => req.get(name))
    return new Reply(showSingle(ctx, row, { ...chosen, caller, baseUrl }), {
      headers: deprecation(ctx, chosen.extraFields),
    })
  },
})

export const deleteRoom = endpoint({
  method: 'delete',
  path: '/api/v1/rooms/:roomId',
  summary: 'Delete a room, or arrange for it when its meeting ends',
  dialect: 'openvidu',
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
    const shown = room === undefined ? {} : { room: showSingle(ctx, room, { ...chosen, caller, baseUrl }) }
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
      ...(room === undefined ? {} : { room: showSingle(ctx, room, { ...chosen, caller, baseUrl }) }),
    }))
    return new Reply({ message, deleted: shown, failed }, { status: failed.length === 0 ? 200 : 400 })
  },
})

export const getRoomCode = endpoint({
  method: 'get',
  path: '/internal-api/v1/rooms/:roomId/code',
  summary: "A room's short code, for joining by hand",
  group: 'read',
  needs: { key: 'read', session: 'member' },
  params: RoomParams,
  answer: { status: 200, body: z.object({ code: z.string() }) },
  act: async (ctx, { caller, params }) => ({
    code: (await ctx.rooms.get(consoleCaller(caller), params.roomId)).code,
  }),
})
