import { z } from 'zod'
import { consoleCaller, sessionCaller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'
import { originOf, setCookies } from './browser.ts'
import {
  AcceptAsNew,
  CreateInvitation,
  InvitationLook,
  InvitationParams,
  InvitationView,
  InvitationWithLink,
  WithToken,
} from './invitation-schema.ts'
import { SessionView } from './schema.ts'
import { Message } from './user-schema.ts'

const manage = { key: 'admin', session: 'admin' } as const

export const createInvitation = endpoint({
  method: 'post',
  path: '/api/v1/organization/invitations',
  summary: 'Invite somebody by e-mail; without SMTP_URL the answer holds the link',
  description: 'It can be accepted once, for seven days. Inviting an address again replaces its link.',
  group: 'config',
  needs: manage,
  body: CreateInvitation,
  example: { email: 'ada@example.com', role: 'room_manager' },
  errors: ['already_user', 'organization_not_found'],
  answer: { status: 201, body: InvitationWithLink, shownOnce: ['url'] },
  act: (ctx, { caller, body, req, baseUrl }) =>
    ctx.invitations.invite(consoleCaller(caller), body, { ip: req.ip ?? '', baseUrl }),
})

export const listInvitations = endpoint({
  method: 'get',
  path: '/api/v1/organization/invitations',
  summary: 'Invitations that wait to be accepted',
  description: 'Never shows the links.',
  group: 'config',
  needs: manage,
  answer: {
    status: 200,
    body: z.object({ invitations: z.array(InvitationView).meta({ description: 'Newest first' }) }),
  },
  act: async (ctx, { caller }) => ({ invitations: await ctx.invitations.list(consoleCaller(caller).orgId) }),
})

export const revokeInvitation = endpoint({
  method: 'delete',
  path: '/api/v1/organization/invitations/:id',
  summary: 'Take an invitation back',
  description: 'Its link opens nothing from then on.',
  errors: ['invitation_not_found'],
  group: 'config',
  needs: manage,
  params: InvitationParams,
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, params, req }) => {
    await ctx.invitations.revoke(consoleCaller(caller), params.id, req.ip ?? '')
    return { message: 'The invitation has been taken back' }
  },
})

export const lookAtInvitation = endpoint({
  method: 'post',
  path: '/internal-api/v1/invitation',
  summary: 'What the link of an invitation is for',
  limit: 'anonymous',
  needs: { anonymous: true },
  body: WithToken,
  answer: { status: 200, body: InvitationLook },
  act: (ctx, { body }) => ctx.invitations.look(body.token),
})

export const acceptAsNew = endpoint({
  method: 'post',
  path: '/internal-api/v1/invitation/new-user',
  summary: 'Accept an invitation by making an account; signs in',
  limit: 'signIn',
  needs: { anonymous: true },
  body: AcceptAsNew,
  answer: { status: 201, body: SessionView },
  act: async (ctx, { body, req, res }) => {
    const { token, ...account } = body
    const { session, cookies } = await ctx.invitations.acceptAsNew(token, account, originOf(req))
    setCookies(req, res, cookies)
    return session
  },
})

export const acceptAsUser = endpoint({
  method: 'post',
  path: '/internal-api/v1/invitation/accept',
  summary: 'Accept an invitation as the user who is signed in, and act in that organization',
  needs: { session: 'member' },
  body: WithToken,
  answer: { status: 200, body: SessionView },
  act: async (ctx, { caller, body, req }) => {
    const who = sessionCaller(caller)
    const orgId = await ctx.invitations.acceptAs(who, body.token, req.ip ?? '')
    return ctx.sessions.switchTo(who, orgId)
  },
})
