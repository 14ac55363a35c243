import { betterAuth } from 'better-auth'
import { createAuthEndpoint } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'
import { username } from 'better-auth/plugins/username'
import { z } from 'zod'
import type { Database } from '../db/open.ts'
import type { Logger } from '../log.ts'

export const USERNAME = /^[a-z0-9_]{3,20}$/

/**
 * Opens a session for a user whom we have made sure of ourselves: by password and second factor, single sign-on, or an
 * invitation. Reachable from this process only, as none of the library's routes are mounted.
 */
const sessions = {
  id: 'parley-sessions',
  endpoints: {
    openSession: createAuthEndpoint(
      '/parley/open-session',
      {
        method: 'POST',
        body: z.object({ userId: z.string(), orgId: z.string(), ip: z.string(), userAgent: z.string() }),
      },
      async (ctx) => {
        const { userId, orgId, ip, userAgent } = ctx.body
        const user = await ctx.context.internalAdapter.findUserById(userId)
        if (user === null) return ctx.json({ sessionId: null })
        const session = await ctx.context.internalAdapter.createSession(userId, false, {
          ipAddress: ip,
          userAgent,
          activeOrgId: orgId,
        })
        await setSessionCookie(ctx, { session, user })
        return ctx.json({ sessionId: session.id })
      },
    ),
  },
}

/**
 * better-auth over our database: password hashes, sessions and their cookies. Its own HTTP routes are not
 * mounted; never call it inside a transaction of ours (on SQLite's one connection that hangs).
 */
export const createAuth = (options: { database: Database; secret: string; baseUrl: string; log: Logger }) =>
  betterAuth({
    appName: 'Parley',
    baseURL: options.baseUrl,
    secret: options.secret,
    database: { db: options.database.db, type: options.database.dialect, transaction: false },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 5, maxPasswordLength: 128 },
    session: {
      expiresIn: 7 * 24 * 3600,
      updateAge: 24 * 3600,
      additionalFields: { activeOrgId: { type: 'string', required: false, input: false } },
    },
    user: {
      additionalFields: {
        mustChangePassword: { type: 'boolean', required: false, input: false },
        isSuperadmin: { type: 'boolean', required: false, input: false },
      },
    },
    plugins: [
      username({
        minUsernameLength: 3,
        maxUsernameLength: 20,
        usernameValidator: (name) => USERNAME.test(name),
      }),
      sessions,
    ],
    advanced: { cookiePrefix: 'parley', ipAddress: { ipAddressHeaders: ['x-parley-ip'] } },
    logger: {
      level: 'warn',
      log: (level, message, ...details) => {
        options.log[level === 'error' ? 'error' : level === 'warn' ? 'warn' : 'debug']({ details }, message)
      },
    },
  })

export type Auth = ReturnType<typeof createAuth>
