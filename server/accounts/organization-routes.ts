import { z } from 'zod'
import { consoleCaller, sessionCaller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'
import { paginationOf } from '../rooms/fields.ts'
import { pagination, PageQuery } from '../http/lists.ts'
import {
  CreateOrganization,
  ManageOrganization,
  OrganizationParams,
  OrganizationSummary,
  OrganizationUser,
  OrganizationView,
  UpdateOrganization,
  UserChange,
} from './organization-schema.ts'
import { isSet } from './store.ts'
import { Message, OPENVIDU_ROLES, UserParams } from './user-schema.ts'
import { type MemberRow, shownEmail } from './user-store.ts'
import { roleOf } from './users.ts'

export const getOrganization = endpoint({
  method: 'get',
  path: '/api/v1/organization',
  summary: "The caller's organization",
  description: 'What owns the key that is sent.',
  group: 'config',
  needs: { key: 'read', session: 'member' },
  errors: ['organization_not_found'],
  answer: { status: 200, body: OrganizationView },
  act: (ctx, { caller }) => ctx.organizations.get(consoleCaller(caller).orgId),
})

export const updateOrganization = endpoint({
  method: 'patch',
  path: '/api/v1/organization',
  summary: "Change name, branding, allowed origins or retention of the caller's organization",
  description: 'What is absent stays as it is.',
  group: 'config',
  needs: { key: 'admin', session: 'admin' },
  body: UpdateOrganization,
  example: { name: 'Example Ltd' },
  errors: ['organization_not_found'],
  answer: { status: 200, body: OrganizationView },
  act: (ctx, { caller, body, req }) => ctx.organizations.update(consoleCaller(caller), body, req.ip ?? ''),
})

export const listOrganizations = endpoint({
  method: 'get',
  path: '/api/v1/organizations',
  summary: 'Every organization of this deployment',
  description: 'For superadmins.',
  group: 'config',
  needs: { session: 'superadmin' },
  answer: {
    status: 200,
    body: z.object({ organizations: z.array(OrganizationSummary).meta({ description: 'Oldest first' }) }),
  },
  act: async (ctx) => ({ organizations: await ctx.organizations.list() }),
})

export const createOrganization = endpoint({
  method: 'post',
  path: '/api/v1/organizations',
  summary: 'Make an organization, with the caller as its root admin',
  description: 'For superadmins. Others are invited into it.',
  group: 'config',
  needs: { session: 'superadmin' },
  body: CreateOrganization,
  example: { name: 'Example Ltd' },
  answer: { status: 201, body: OrganizationView },
  act: (ctx, { caller, body, req }) =>
    ctx.organizations.create(sessionCaller(caller), body.name, req.ip ?? ''),
})

export const manageOrganization = endpoint({
  method: 'patch',
  path: '/api/v1/organizations/:id',
  summary: 'Rename an organization, or switch its API access',
  description: 'For superadmins. Without API access its keys get 403 `subscription_required`.',
  group: 'config',
  needs: { session: 'superadmin' },
  params: OrganizationParams,
  body: ManageOrganization,
  example: { apiAccess: true },
  errors: ['organization_not_found'],
  answer: { status: 200, body: OrganizationView },
  act: (ctx, { caller, params, body, req }) =>
    ctx.organizations.manage(sessionCaller(caller), params.id, body, req.ip ?? ''),
})

const manage = { key: 'admin', session: 'admin' } as const

const view = (row: MemberRow, rootUsername: string, withTwoFactor: ReadonlySet<string>) => ({
  username: row.username,
  name: row.name,
  email: shownEmail(row.email),
  emailVerified: isSet(row.emailVerified),
  role: roleOf(row),
  isRoot: row.username === rootUsername,
  isSuperadmin: isSet(row.isSuperadmin),
  hasTwoFactor: withTwoFactor.has(row.userId),
  mustChangePassword: isSet(row.mustChangePassword),
  createdAt: new Date(row.createdAt).toISOString(),
})

export const listOrganizationUsers = endpoint({
  method: 'get',
  path: '/api/v1/organization/users',
  summary: "The organization's users, as its admins see them",
  description: 'The list comes in pages: see the guide on paging.',
  errors: ['organization_not_found'],
  group: 'read',
  needs: manage,
  query: z.object({
    search: z
      .string()
      .trim()
      .max(100)
      .optional()
      .meta({ description: 'Part of name, username or e-mail', examples: ['ada'] }),
    role: z.enum(OPENVIDU_ROLES).optional().meta({ description: 'Only users with this role' }),
    ...PageQuery,
    sortField: z
      .enum(['registrationDate', 'name'])
      .default('registrationDate')
      .meta({ description: 'What the list is sorted by' }),
  }),
  answer: {
    status: 200,
    body: z.object({ users: z.array(OrganizationUser).meta({ description: 'One page' }), pagination }),
  },
  act: async (ctx, { caller, query }) => {
    const { orgId } = consoleCaller(caller)
    const { search, ...rest } = query
    const { rootUsername } = await ctx.organizations.get(orgId)
    const { rows, nextPageToken } = await ctx.users.list(orgId, {
      ...rest,
      ...(search === undefined || search === '' ? {} : { search }),
    })
    const withTwoFactor = await ctx.twoFactor.enabledAmong(rows.map((row) => row.userId))
    return {
      users: rows.map((row) => view(row, rootUsername, withTwoFactor)),
      pagination: paginationOf(query.maxItems, nextPageToken),
    }
  },
})

export const changeOrganizationUser = endpoint({
  method: 'patch',
  path: '/api/v1/organization/users/:userId',
  summary: "Change a user's role",
  description: 'A lower one ends their sessions and tokens. Not for oneself, nor for the root admin.',
  group: 'config',
  needs: manage,
  params: UserParams,
  body: UserChange,
  example: { role: 'room_manager' },
  errors: ['user_not_found', 'user_protected', 'organization_not_found'],
  answer: { status: 200, body: OrganizationUser },
  act: async (ctx, { caller, params, body, req }) => {
    const who = consoleCaller(caller)
    const row = await ctx.users.changeRole(who, params.userId, body.role, req.ip ?? '')
    const { rootUsername } = await ctx.organizations.get(who.orgId)
    return view(row, rootUsername, await ctx.twoFactor.enabledAmong([row.userId]))
  },
})

export const removeOrganizationUser = endpoint({
  method: 'delete',
  path: '/api/v1/organization/users/:userId',
  summary: 'Take a user out of the organization; who is in no other one is deleted',
  description: 'Their rooms go to the root admin. Not for oneself, nor for the root admin.',
  errors: ['user_not_found', 'user_protected', 'organization_not_found'],
  group: 'config',
  needs: manage,
  params: UserParams,
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, params, req }) => {
    await ctx.users.delete(consoleCaller(caller), params.userId, req.ip ?? '')
    return { message: `User '${params.userId}' has been removed` }
  },
})

export const resetUserTwoFactor = endpoint({
  method: 'delete',
  path: '/api/v1/organization/users/:userId/two-factor',
  summary: "Take a user's second factor away, for who has lost it",
  description: 'From then on their password alone signs them in. Not for oneself, nor for the root admin.',
  errors: ['user_not_found', 'user_protected', 'organization_not_found'],
  group: 'config',
  needs: manage,
  params: UserParams,
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, params, req }) => {
    await ctx.users.resetTwoFactor(consoleCaller(caller), params.userId, req.ip ?? '')
    return { message: `User '${params.userId}' signs in without a second factor now` }
  },
})
