import { z } from 'zod'
import type { Request } from 'express'
import { NotFound, Unauthorized } from '../errors.ts'
import { sessionCaller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'
import { countRecordings } from '../recordings/store.ts'
import { originOf, setCookies } from './browser.ts'
import { ChangePassword, Message, OpenViduLogin, TokensView, UserView } from './user-schema.ts'
import { viewUser } from './users.ts'

/** Sign-in as OpenVidu Meet's own console does it (contract/openvidu-meet.md 5.4), over our accounts. */

const refreshTokenOf = (req: Request): string | undefined =>
  req.get('x-refresh-token')?.match(/^Bearer +(\S+)$/i)?.[1]

export const logIn = endpoint({
  method: 'post',
  path: '/internal-api/v1/auth/login',
  summary: 'Sign in for an access token and a refresh token',
  dialect: 'openvidu',
  limit: 'signIn',
  needs: { anonymous: true },
  body: OpenViduLogin,
  answer: { status: 200, body: TokensView },
  act: async (ctx, { body, req, res }) => {
    await ctx.rateLimits.take(res, 'signIn', `account ${body.userId.toLowerCase()}`)
    const { userId: login, password, code } = body
    const user = await ctx.signIn.check({ login, password, code }).catch((err: unknown) => {
      if (err instanceof Unauthorized && err.code === 'sign_in_failed')
        throw new NotFound('login_failed', 'Invalid user ID or password', { error: 'Login Error' })
      throw err
    })
    const tokens = await ctx.accessTokens.begin(user, originOf(req))
    return tokens.refreshToken === undefined
      ? {
          message: `User '${login}' logged in, but a password change is required`,
          ...tokens,
          mustChangePassword: true,
        }
      : { message: `User '${login}' logged in successfully`, ...tokens }
  },
})

export const logOut = endpoint({
  method: 'post',
  path: '/internal-api/v1/auth/logout',
  summary: 'End the session of the access token, where one is sent',
  dialect: 'openvidu',
  needs: { session: 'member', anonymous: true, isSessionOptional: true, duringPasswordChange: true },
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, req, res }) => {
    if (caller.kind === 'session' && caller.via === 'token') await ctx.accessTokens.end(caller.sessionId)
    if (caller.kind === 'session' && caller.via === 'cookie')
      setCookies(req, res, await ctx.sessions.signOut(req.headers))
    return { message: 'Logout successful' }
  },
})

export const refreshAccess = endpoint({
  method: 'post',
  path: '/internal-api/v1/auth/refresh',
  summary: 'Fresh tokens for a refresh token, which counts once',
  dialect: 'openvidu',
  limit: 'anonymous',
  needs: { anonymous: true },
  answer: { status: 200, body: TokensView },
  act: async (ctx, { req }) => ({
    message: 'Token successfully refreshed',
    ...(await ctx.accessTokens.refresh(refreshTokenOf(req))),
  }),
})

export const getMe = endpoint({
  method: 'get',
  path: '/internal-api/v1/users/me',
  summary: 'The signed-in user',
  dialect: 'openvidu',
  needs: { session: 'member', duringPasswordChange: true },
  answer: { status: 200, body: UserView },
  act: async (ctx, { caller }) => {
    const { orgId, username } = sessionCaller(caller)
    return viewUser(await ctx.users.get(orgId, username))
  },
})

export const changePassword = endpoint({
  method: 'post',
  path: '/internal-api/v1/users/change-password',
  summary: 'Change your password; other sessions and tokens end',
  dialect: 'openvidu',
  needs: { session: 'member', duringPasswordChange: true },
  body: ChangePassword,
  answer: { status: 200, body: TokensView },
  act: async (ctx, { caller, body, req, res }) => {
    const who = sessionCaller(caller)
    await ctx.rateLimits.take(res, 'signIn', `account ${who.username}`)
    await ctx.passwords.change(who, body.currentPassword, body.newPassword, req.ip ?? '')
    const message = `Password for user '${who.username}' changed successfully`
    if (!who.mustChangePassword || who.via !== 'token') return { message }
    await ctx.accessTokens.end(who.sessionId)
    return { message, ...(await ctx.accessTokens.beginFor(who.userId, originOf(req))) }
  },
})

export const getAnalytics = endpoint({
  method: 'get',
  path: '/internal-api/v1/analytics',
  summary: 'How many rooms and recordings there are',
  dialect: 'openvidu',
  needs: { session: 'admin' },
  answer: {
    status: 200,
    body: z.object({
      totalRooms: z.number(),
      activeRooms: z.number(),
      totalRecordings: z.number(),
      completeRecordings: z.number(),
    }),
  },
  act: async (ctx, { caller }) => {
    const who = sessionCaller(caller)
    const { orgId, environment } = who
    const rooms = await ctx.rooms.count(who)
    return {
      totalRooms: rooms.total,
      activeRooms: rooms.active,
      totalRecordings: await countRecordings(ctx.database.db, orgId, environment),
      completeRecordings: await countRecordings(ctx.database.db, orgId, environment, 'complete'),
    }
  },
})
