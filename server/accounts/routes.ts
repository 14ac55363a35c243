import { z } from 'zod'
import type { Response } from 'express'
import { consoleCaller, sessionCaller } from '../http/caller.ts'
import { endpoint } from '../http/endpoint.ts'
import { countRecordings } from '../recordings/store.ts'
import { OrganizationView, RenameOrganization, SessionView, SetUp, SignIn } from './schema.ts'

function setCookies(res: Response, cookies: string[]): void {
  for (const cookie of cookies) res.append('Set-Cookie', cookie)
}

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
    const { session, cookies } = await ctx.accounts.setUp(token, admin, req.headers)
    setCookies(res, cookies)
    return session
  },
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
    const { session, cookies } = await ctx.accounts.signIn(body.login, body.password, req.headers)
    setCookies(res, cookies)
    return session
  },
})

export const getSession = endpoint({
  method: 'get',
  path: '/internal-api/v1/session',
  summary: 'Who is signed in',
  needs: { session: 'member' },
  answer: { status: 200, body: SessionView },
  act: (ctx, { caller }) => ctx.accounts.describe(sessionCaller(caller)),
})

export const signOut = endpoint({
  method: 'delete',
  path: '/internal-api/v1/session',
  summary: 'Sign out',
  needs: { session: 'member' },
  answer: { status: 200, body: z.object({ message: z.string() }) },
  act: async (ctx, { req, res }) => {
    setCookies(res, await ctx.accounts.signOut(req.headers))
    return { message: 'Signed out' }
  },
})

export const getOrganization = endpoint({
  method: 'get',
  path: '/api/v1/organization',
  summary: "The caller's organization",
  description: 'What owns the key that is sent.',
  group: 'config',
  needs: { key: 'read', session: 'member' },
  errors: ['organization_not_found'],
  answer: { status: 200, body: OrganizationView },
  act: async (ctx, { caller }) => {
    const { id, name } = await ctx.accounts.getOrganization(consoleCaller(caller).orgId)
    return { id, name }
  },
})

export const updateOrganization = endpoint({
  method: 'patch',
  path: '/api/v1/organization',
  summary: "Rename the caller's organization",
  description: 'What is absent stays as it is.',
  group: 'config',
  needs: { key: 'admin', session: 'admin' },
  body: RenameOrganization,
  errors: ['organization_not_found'],
  answer: { status: 200, body: OrganizationView },
  act: async (ctx, { caller, body }) => {
    const who = consoleCaller(caller)
    if (body.name !== undefined) await ctx.accounts.renameOrganization(who, body.name)
    const { id, name } = await ctx.accounts.getOrganization(who.orgId)
    return { id, name }
  },
})

export const getOverview = endpoint({
  method: 'get',
  path: '/internal-api/v1/overview',
  summary: 'What is live now, and how much there is',
  needs: { session: 'member' },
  answer: {
    status: 200,
    body: z.object({
      rooms: z.object({ total: z.number(), active: z.number() }),
      keys: z.object({ active: z.number() }),
      recordings: z.object({ total: z.number() }),
      meetings: z.array(
        z.object({
          roomId: z.string(),
          roomName: z.string(),
          startedAt: z.number(),
          participants: z.number(),
        }),
      ),
    }),
  },
  act: async (ctx, { caller }) => {
    const { orgId, environment } = sessionCaller(caller)
    return {
      rooms: await ctx.rooms.count({ orgId, environment }),
      keys: { active: await ctx.keys.countActive(orgId, environment) },
      recordings: { total: await countRecordings(ctx.database.db, orgId, environment) },
      meetings: await ctx.meetings.running(orgId, environment),
    }
  },
})
