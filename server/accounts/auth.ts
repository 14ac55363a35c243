import { betterAuth } from 'better-auth'
import { username } from 'better-auth/plugins/username'
import type { Database } from '../db/open.ts'
import type { Logger } from '../log.ts'

export const USERNAME = /^[a-z0-9_]{3,20}$/

/**
 * better-auth over our database: users, password hashes, sessions and their cookies. Its own HTTP routes are not
 * mounted; accounts.ts calls it, never inside a transaction of ours (on SQLite's one connection that hangs).
 */
export const createAuth = (options: { database: Database; secret: string; baseUrl: string; log: Logger }) =>
  betterAuth({
    appName: 'Parley',
    baseURL: options.baseUrl,
    secret: options.secret,
    database: { db: options.database.db, type: options.database.dialect, transaction: false },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true, autoSignIn: false, minPasswordLength: 5, maxPasswordLength: 128 },
    session: { expiresIn: 7 * 24 * 3600, updateAge: 24 * 3600 },
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
