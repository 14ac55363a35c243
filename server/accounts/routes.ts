import { z } from 'zod'
import { sessionCaller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'
import { originOf, setCookies } from './browser.ts'
import {
  ChangeOwnPassword,
  ForgotPassword,
  RecoveryCodes,
  ResetByToken,
  SessionParams,
  SessionView,
  SetUp,
  SignedInPlace,
  SignIn,
  SignInOptions,
  SwitchOrganization,
  TwoFactorSecret,
  TwoFactorState,
  WithCode,
} from './schema.ts'
import { Message } from './user-schema.ts'

export const getSetUp = endpoint({
  method: 'get',
  path: '/internal-api/v1/setup',
  summary: 'Whether this deployment still waits for its first admin',
  needs: { anonymous: true },
  answer: { status: 200, body: z.object({ needed: z.boolean() }) },
  act: async (ctx) => ({ needed: !(await ctx.accounts.hasAdmin()) }),
})

export const setUp = endpoint({
  method: 'post',
  path: '/internal-api/v1/setup',
  summary: 'Make the first admin with the one-time token from the terminal',
  limit: 'signIn',
  needs: { anonymous: true },
  body: SetUp,
  answer: { status: 201, body: SessionView },
  act: async (ctx, { body, req, res }) => {
    const { token, ...admin } = body
    const { session, cookies } = await ctx.accounts.setUp(token, admin, originOf(req))
    setCookies(req, res, cookies)
    return session
  },
})

export const getSignInOptions = endpoint({
  method: 'get',
  path: '/internal-api/v1/sign-in',
  summary: 'How one can sign in here, and whether a forgotten password can be replaced by mail',
  needs: { anonymous: true },
  answer: { status: 200, body: SignInOptions },
  act: (ctx) => ({ singleSignOn: ctx.singleSignOn?.name ?? null, mail: ctx.mailer.isOn }),
})

export const signIn = endpoint({
  method: 'post',
  path: '/internal-api/v1/session',
  summary: 'Sign in to the console',
  limit: 'signIn',
  needs: { anonymous: true },
  body: SignIn,
  answer: { status: 200, body: SessionView },
  act: async (ctx, { body, req, res }) => {
    await ctx.rateLimits.take(res, 'signIn', `account ${body.login.toLowerCase()}`)
    const user = await ctx.signIn.check(body)
    const { session, cookies } = await ctx.sessions.open(user.id, originOf(req))
    setCookies(req, res, cookies)
    return session
  },
})

export const getSession = endpoint({
  method: 'get',
  path: '/internal-api/v1/session',
  summary: 'Who is signed in',
  needs: { session: 'member', duringPasswordChange: true },
  answer: { status: 200, body: SessionView },
  act: (ctx, { caller }) => ctx.sessions.describe(sessionCaller(caller)),
})

export const signOut = endpoint({
  method: 'delete',
  path: '/internal-api/v1/session',
  summary: 'Sign out',
  needs: { session: 'member', duringPasswordChange: true },
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, req, res }) => {
    const { via, sessionId } = sessionCaller(caller)
    if (via === 'token') await ctx.accessTokens.end(sessionId)
    else setCookies(req, res, await ctx.sessions.signOut(req.headers))
    return { message: 'Signed out' }
  },
})

export const switchOrganization = endpoint({
  method: 'put',
  path: '/internal-api/v1/session/organization',
  summary: 'Act in another of your organizations from now on',
  needs: { session: 'member' },
  body: SwitchOrganization,
  answer: { status: 200, body: SessionView },
  act: (ctx, { caller, body }) => ctx.sessions.switchTo(sessionCaller(caller), body.organizationId),
})

export const changeOwnPassword = endpoint({
  method: 'put',
  path: '/internal-api/v1/session/password',
  summary: 'Change your password; you are signed out everywhere else',
  group: 'config',
  needs: { session: 'member', duringPasswordChange: true },
  body: ChangeOwnPassword,
  answer: { status: 200, body: SessionView },
  act: async (ctx, { caller, body, req, res }) => {
    const who = sessionCaller(caller)
    await ctx.rateLimits.take(res, 'signIn', `account ${who.username}`)
    await ctx.passwords.change(who, body.currentPassword, body.newPassword, req.ip ?? '')
    return ctx.sessions.describe({ ...who, mustChangePassword: false })
  },
})

export const forgotPassword = endpoint({
  method: 'post',
  path: '/internal-api/v1/password/forgot',
  summary:
    'Have a link mailed with which to choose a new password; answers alike whether there is such a user',
  limit: 'signIn',
  needs: { anonymous: true },
  body: ForgotPassword,
  answer: { status: 202, body: Message },
  act: async (ctx, { body, req, res }) => {
    await ctx.rateLimits.take(res, 'signIn', `forgot ${body.login.toLowerCase()}`)
    const { ip } = originOf(req)
    // Not awaited: the time it takes would tell whether there is such a user.
    setImmediate(() => {
      ctx.passwords.forgot(body.login, ip).catch((err: unknown) => {
        ctx.log.error({ err }, 'a link for a new password could not be made')
      })
    })
    return { message: 'If there is such a user with an e-mail address, a link is on its way' }
  },
})

export const resetPassword = endpoint({
  method: 'post',
  path: '/internal-api/v1/password/reset',
  summary: 'Choose a new password with the token of the mailed link',
  limit: 'signIn',
  needs: { anonymous: true },
  body: ResetByToken,
  answer: { status: 200, body: Message },
  act: async (ctx, { body, req }) => {
    await ctx.passwords.reset(body.token, body.newPassword, req.ip ?? '')
    return { message: 'Your password has been changed: sign in with it' }
  },
})

export const listSessions = endpoint({
  method: 'get',
  path: '/api/v1/sessions',
  summary: 'Where you are signed in',
  description: 'In browsers, and by access tokens. Never shows the tokens.',
  group: 'config',
  needs: { session: 'member' },
  answer: {
    status: 200,
    body: z.object({ sessions: z.array(SignedInPlace).meta({ description: 'Newest first' }) }),
  },
  act: async (ctx, { caller }) => ({ sessions: await ctx.sessions.list(sessionCaller(caller)) }),
})

export const endSession = endpoint({
  method: 'delete',
  path: '/api/v1/sessions/:id',
  summary: 'Sign out somewhere else',
  description: 'What that session holds is refused from the next request on.',
  errors: ['session_not_found'],
  group: 'config',
  needs: { session: 'member' },
  params: SessionParams,
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, params, req }) => {
    await ctx.sessions.end(sessionCaller(caller), params.id, req.ip ?? '')
    return { message: 'Signed out there' }
  },
})

export const endOtherSessions = endpoint({
  method: 'delete',
  path: '/api/v1/sessions',
  summary: 'Sign out everywhere but here',
  description: 'Sessions in browsers and access tokens alike.',
  group: 'config',
  needs: { session: 'member' },
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, req }) => {
    await ctx.sessions.endOthers(sessionCaller(caller), req.ip ?? '')
    return { message: 'Signed out everywhere else' }
  },
})

export const getTwoFactor = endpoint({
  method: 'get',
  path: '/internal-api/v1/two-factor',
  summary: 'Whether two-factor sign-in is on',
  needs: { session: 'member' },
  answer: { status: 200, body: TwoFactorState },
  act: (ctx, { caller }) => ctx.twoFactor.state(sessionCaller(caller).userId),
})

export const beginTwoFactor = endpoint({
  method: 'post',
  path: '/internal-api/v1/two-factor',
  summary: 'A secret for an authenticator app; it counts once a code has confirmed it',
  group: 'config',
  needs: { session: 'member' },
  answer: { status: 201, body: TwoFactorSecret },
  act: (ctx, { caller }) => ctx.twoFactor.begin(sessionCaller(caller), 'Parley'),
})

export const confirmTwoFactor = endpoint({
  method: 'put',
  path: '/internal-api/v1/two-factor',
  summary:
    'Switch two-factor sign-in on with a first code; the answer is the only one with the recovery codes',
  group: 'config',
  needs: { session: 'member' },
  body: WithCode,
  answer: { status: 200, body: RecoveryCodes },
  act: async (ctx, { caller, body, req, res }) => {
    const who = sessionCaller(caller)
    await ctx.rateLimits.take(res, 'signIn', `code ${who.userId}`)
    return { recoveryCodes: await ctx.twoFactor.confirm(who, body.code, req.ip ?? '') }
  },
})

export const renewRecoveryCodes = endpoint({
  method: 'post',
  path: '/internal-api/v1/two-factor/recovery-codes',
  summary: 'New recovery codes; the old ones count no more',
  group: 'config',
  needs: { session: 'member' },
  body: WithCode,
  answer: { status: 201, body: RecoveryCodes },
  act: async (ctx, { caller, body, req }) => ({
    recoveryCodes: await ctx.twoFactor.renewRecoveryCodes(sessionCaller(caller), body.code, req.ip ?? ''),
  }),
})

export const disableTwoFactor = endpoint({
  method: 'post',
  path: '/internal-api/v1/two-factor/disable',
  summary: 'Switch two-factor sign-in off, with a code',
  group: 'config',
  needs: { session: 'member' },
  body: WithCode,
  answer: { status: 200, body: Message },
  act: async (ctx, { caller, body, req }) => {
    await ctx.twoFactor.disable(sessionCaller(caller), body.code, req.ip ?? '')
    return { message: 'Two-factor sign-in is off' }
  },
})
