import { z } from 'zod'
import { consoleCaller, somebody } from '../http/caller.ts'
import { endpoint, Reply } from '../http/endpoint.ts'
import { FieldsQuery } from '../http/lists.ts'
import { chosenFields, paginationOf } from './fields.ts'
import {
  CreateMember,
  DeleteMembers,
  ListMembers,
  MemberList,
  MemberParams,
  MembersDeleted,
  MemberView,
  UpdateMember,
} from './member-schema.ts'
import { RoomParams } from './schema.ts'
import { MEMBER_EXTRA_FIELDS, viewMember } from './view.ts'

const manage = { key: 'write', session: 'manager' } as const
const _extraFields = [...MEMBER_EXTRA_FIELDS]

/** Answers that carry permissions under deprecated names say so. */
const deprecation = (views: MemberView[], names: 'both' | 'current'): Record<string, string> =>
  names === 'both' &&
  views.some((view) => view.customPermissions !== undefined || view.effectivePermissions !== undefined)
    ? { Deprecation: 'true' }
    : {}

export const addRoomMember = endpoint({
  method: 'post',
  path: '/api/v1/rooms/:roomId/members',
  summary: 'Add a member to a room',
  description:
    "Send `userId` for a user of the organization, or `name` for a guest, never both. A guest's `accessUrl` is a link of their own.",
  dialect: 'openvidu',
  group: 'crud',
  takesPermissions: true,
  needs: manage,
  scope: 'room.write',
  params: RoomParams,
  query: FieldsQuery,
  body: CreateMember,
  example: { name: 'Grace Hopper', baseRole: 'speaker' },
  errors: ['room_not_found', 'user_not_found', 'already_member', 'cannot_be_member'],
  answer: { status: 201, body: MemberView, headers: ['Location', 'Deprecation'] },
  act: async (ctx, { caller, params, query, body, req, baseUrl }) => {
    const { room, member } = await ctx.roomMembers.add(
      consoleCaller(caller),
      params.roomId,
      body,
      req.ip ?? '',
    )
    const chosen = chosenFields(query, (name) => req.get(name))
    const { permissionNames } = ctx.config.compatibility
    const view = viewMember(room, member, { baseUrl, ...chosen, permissionNames })
    return new Reply(
      { ...view, _extraFields },
      {
        headers: {
          Location: `${baseUrl}/api/v1/rooms/${room.roomId}/members/${member.memberId}`,
          ...deprecation([view], permissionNames),
        },
      },
    )
  },
})

export const listRoomMembers = endpoint({
  method: 'get',
  path: '/api/v1/rooms/:roomId/members',
  summary: 'List the members of a room',
  description: 'The list comes in pages: see the guide on paging.',
  dialect: 'openvidu',
  group: 'read',
  needs: { key: 'read', session: 'manager' },
  scope: 'room.read',
  params: RoomParams,
  query: ListMembers,
  errors: ['room_not_found'],
  answer: { status: 200, body: MemberList, headers: ['Deprecation'] },
  act: async (ctx, { caller, params, query, req, baseUrl }) => {
    const { room, rows, nextPageToken } = await ctx.roomMembers.list(
      consoleCaller(caller),
      params.roomId,
      query,
    )
    const chosen = chosenFields(query, (name) => req.get(name))
    const { permissionNames } = ctx.config.compatibility
    const members = rows.map((row) => viewMember(room, row, { baseUrl, ...chosen, permissionNames }))
    const pagination = paginationOf(query.maxItems, nextPageToken)
    return new Reply(
      { members, pagination, _extraFields },
      { headers: deprecation(members, permissionNames) },
    )
  },
})

export const deleteRoomMembers = endpoint({
  method: 'delete',
  path: '/api/v1/rooms/:roomId/members',
  summary: 'Remove several members from a room',
  description:
    'Who is in the meeting is removed from it. 400: at least one failed, and `failed` says why; the others are removed.',
  dialect: 'openvidu',
  group: 'crud',
  needs: manage,
  scope: 'room.write',
  params: RoomParams,
  query: DeleteMembers,
  errors: ['room_not_found'],
  answer: { status: 200, body: MembersDeleted, alsoStatus: [400] },
  act: async (ctx, { caller, params, query, req }) => {
    const { deleted, failed } = await ctx.roomMembers.removeMany(
      consoleCaller(caller),
      params.roomId,
      query.memberIds,
      req.ip ?? '',
    )
    const isDone = failed.length === 0
    const message = isDone
      ? 'All room members deleted successfully'
      : `${failed.length} room member(s) could not be deleted`
    return new Reply({ message, deleted, failed }, { status: isDone ? 200 : 400 })
  },
})

export const getRoomMember = endpoint({
  method: 'get',
  path: '/api/v1/rooms/:roomId/members/:memberId',
  summary: 'Show a member of a room',
  description: 'With a room member token only the member that it belongs to.',
  dialect: 'openvidu',
  group: 'read',
  needs: { key: 'read', roomMember: true, session: 'manager' },
  scope: 'room.read',
  params: MemberParams,
  query: FieldsQuery,
  errors: ['room_not_found', 'room_member_not_found'],
  answer: { status: 200, body: MemberView, headers: ['Deprecation'] },
  act: async (ctx, { caller, params, query, req, baseUrl }) => {
    const { room, member } = await ctx.roomMembers.get(somebody(caller), params.roomId, params.memberId)
    const chosen = chosenFields(query, (name) => req.get(name))
    const { permissionNames } = ctx.config.compatibility
    const view = viewMember(room, member, { baseUrl, ...chosen, permissionNames })
    return new Reply({ ...view, _extraFields }, { headers: deprecation([view], permissionNames) })
  },
})

export const updateRoomMember = endpoint({
  method: 'put',
  path: '/api/v1/rooms/:roomId/members/:memberId',
  summary: "Change a member's role or permissions",
  description:
    '`customPermissions` replaces all of them; `{}` takes them away. Who is in the meeting is told at once, and removed without `meetingJoin`.',
  dialect: 'openvidu',
  group: 'crud',
  takesPermissions: true,
  needs: manage,
  scope: 'room.write',
  params: MemberParams,
  query: FieldsQuery,
  body: UpdateMember,
  example: { baseRole: 'moderator' },
  errors: ['room_not_found', 'room_member_not_found'],
  answer: { status: 200, body: MemberView, headers: ['Deprecation'] },
  act: async (ctx, { caller, params, query, body, req, baseUrl }) => {
    const { roomId, memberId } = params
    const { room, member } = await ctx.roomMembers.update(
      consoleCaller(caller),
      roomId,
      memberId,
      body,
      req.ip ?? '',
    )
    const chosen = chosenFields(query, (name) => req.get(name))
    const { permissionNames } = ctx.config.compatibility
    const view = viewMember(room, member, { baseUrl, ...chosen, permissionNames })
    return new Reply({ ...view, _extraFields }, { headers: deprecation([view], permissionNames) })
  },
})

export const deleteRoomMember = endpoint({
  method: 'delete',
  path: '/api/v1/rooms/:roomId/members/:memberId',
  summary: 'Remove a member from a room',
  description: "They are removed from a running meeting, too. A guest's link stops working.",
  dialect: 'openvidu',
  group: 'crud',
  needs: manage,
  scope: 'room.write',
  params: MemberParams,
  errors: ['room_not_found', 'room_member_not_found'],
  answer: {
    status: 200,
    body: z.object({
      message: z.string().meta({
        description: 'What was done',
        examples: ["Member 'guest-0a1b2c3d4e' deleted successfully from room 'daily-k3j9x0q2ab7c1de'"],
      }),
    }),
  },
  act: async (ctx, { caller, params, req }) => {
    await ctx.roomMembers.remove(consoleCaller(caller), params.roomId, params.memberId, req.ip ?? '')
    return { message: `Member '${params.memberId}' deleted successfully from room '${params.roomId}'` }
  },
})
