import { textMatch } from '../db/paging.ts'
import { consoleCaller } from '../http/caller.ts'
import { endpoint, Reply } from '../http/endpoint.ts'
import { paginationOf } from '../rooms/fields.ts'
import {
  CreateUser,
  DeleteUsers,
  ListUsers,
  Message,
  PutRole,
  ResetPassword,
  UserList,
  UserParams,
  UsersDeleted,
  UserView,
} from './user-schema.ts'
import { viewUser } from './users.ts'

/** OpenVidu's users API (contract/openvidu-meet.md 1.4). */

const manage = { key: 'admin', session: 'admin' } as const

export const createUser = endpoint({
  method: 'post',
  path: '/api/v1/users',
  summary: 'Make a user, who has to change the password at the first sign-in',
  description:
    'They get no mail: tell them the name and the password. `userId` is unique on the whole server.',
  dialect: 'openvidu',
  group: 'config',
  needs: manage,
  body: CreateUser,
  example: {
    userId: 'ada_lovelace',
    name: 'Ada Lovelace',
    role: 'room_manager',
    password: 'first-password-4711',
  },
  errors: ['user_exists', 'organization_not_found'],
  answer: { status: 201, body: UserView, headers: ['Location'] },
  act: async (ctx, { caller, body, req, baseUrl }) => {
    const user = viewUser(await ctx.users.create(consoleCaller(caller), body, req.ip ?? ''))
    return new Reply(user, { headers: { Location: `${baseUrl}/api/v1/users/${user.userId}` } })
  },
})

export const listUsers = endpoint({
  method: 'get',
  path: '/api/v1/users',
  summary: 'List users, newest first',
  description: 'The list comes in pages: see the guide on paging.',
  dialect: 'openvidu',
  group: 'read',
  needs: { key: 'read', session: 'manager' },
  query: ListUsers,
  answer: { status: 200, body: UserList },
  act: async (ctx, { caller, query }) => {
    const { nameMatchMode, nameCaseInsensitive, name, ...rest } = query
    const { rows, nextPageToken } = await ctx.users.list(consoleCaller(caller).orgId, {
      ...rest,
      name: textMatch(name, nameMatchMode, nameCaseInsensitive),
    })
    return { users: rows.map(viewUser), pagination: paginationOf(query.maxItems, nextPageToken) }
  },
})

export const deleteUsers = endpoint({
  method: 'delete',
  path: '/api/v1/users',
  summary: 'Delete several users; each succeeds or fails on its own',
  description: '400: at least one failed, and `failed` says why; the others are deleted.',
  dialect: 'openvidu',
  group: 'config',
  needs: manage,
  query: DeleteUsers,
  answer: { status: 200, body: UsersDeleted, alsoStatus: [400] },
  act: async (ctx, { caller, query, req }) => {
    const { deleted, failed } = await ctx.users.deleteMany(consoleCaller(caller), query.userIds, req.ip ?? '')
    const isDone = failed.length === 0
    const message = isDone
      ? 'All users deleted successfully'
      : `${failed.length} user(s) could not be deleted`
    return new Reply({ message, deleted, failed }, { status: isDone ? 200 : 400 })
  },
})

export const getUser = endpoint({
  method: 'get',
  path: '/api/v1/users/:userId',
  summary: 'One user',
  description: 'Of the organization that the caller acts in.',
  dialect: 'openvidu',
  group: 'read',
  needs: { key: 'read', session: 'manager' },
  params: UserParams,
  errors: ['user_not_found'],
  answer: { status: 200, body: UserView },
  act: async (ctx, { caller, params }) =>
    viewUser(await ctx.users.get(consoleCaller(caller).orgId, params.userId)),
})

export const putUserPassword = endpoint({
  method: 'put',
  path: '/api/v1/users/:userId/password',
  summary: 'Give a user a password that they have to change at the next sign-in',
  description: 'Until they have, nothing else is open to them. Not for oneself, nor for the root admin.',
  dialect: 'openvidu',
  group: 'config',
  needs: manage,
  params: UserParams,
  body: ResetPassword,
  example: { newPassword: 'next-password-4711' },
  errors: ['user_not_found', 'user_protected', 'organization_not_found'],
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, params, body, req }) => {
    await ctx.users.resetPassword(consoleCaller(caller), params.userId, body.newPassword, req.ip ?? '')
    return {
      message: `Password for user '${params.userId}' has been reset successfully. User must change password on next login`,
    }
  },
})

export const putUserRole = endpoint({
  method: 'put',
  path: '/api/v1/users/:userId/role',
  summary: "Change a user's role; a lower one ends their sessions and tokens",
  description:
    'The rooms of a new `room_member` go to the root admin; the memberships of a new `admin` end. Not for oneself, nor for the root admin.',
  dialect: 'openvidu',
  group: 'config',
  needs: manage,
  params: UserParams,
  body: PutRole,
  example: { role: 'room_member' },
  errors: ['user_not_found', 'user_protected', 'organization_not_found'],
  answer: { status: 200, body: UserView },
  act: async (ctx, { caller, params, body, req }) =>
    viewUser(await ctx.users.changeRole(consoleCaller(caller), params.userId, body.role, req.ip ?? '')),
})

export const deleteUser = endpoint({
  method: 'delete',
  path: '/api/v1/users/:userId',
  summary: 'Delete a user; their rooms go to the root admin',
  description:
    'They are removed from meetings, and their sessions and tokens end. Who belongs to other organizations, too, stays in those.',
  dialect: 'openvidu',
  group: 'config',
  needs: manage,
  params: UserParams,
  errors: ['user_not_found', 'user_protected', 'organization_not_found'],
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, params, req }) => {
    await ctx.users.delete(consoleCaller(caller), params.userId, req.ip ?? '')
    return { message: `User '${params.userId}' deleted successfully` }
  },
})
