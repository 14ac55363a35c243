import { hashPassword } from 'better-auth/crypto'
import { createHash, randomBytes } from 'node:crypto'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { BadRequest } from '../errors.ts'
import type { SessionCaller } from '../http/caller.ts'
import type { Mailer } from '../mail/mailer.ts'
import { resetMail } from '../mail/messages.ts'
import { callerOf, endAccess } from './sessions.ts'
import type { SignIn } from './sign-in.ts'
import { isSet, listMemberships } from './store.ts'
import {
  findUserById,
  findUserByLogin,
  putPassword,
  shownEmail,
  updateUser,
  type UserRow,
} from './user-store.ts'

export interface PasswordResetTable {
  /** SHA-256 of the token in the link, hex. */
  tokenHash: string
  userId: string
  createdAt: number
  expiresAt: number
}

const RESET_MS = 3_600_000

interface Options {
  database: Database
  clock: Clock
  signIn: SignIn
  mailer: Mailer
}

/** Changing a password that is known, and replacing one that is forgotten. */
export class Passwords {
  readonly #db: Db
  readonly #clock: Clock
  readonly #signIn: SignIn
  readonly #mailer: Mailer

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#signIn = options.signIn
    this.#mailer = options.mailer
  }

  /**
   * Replaces the caller's password and ends all their sessions but this one. Throws BadRequest
   * `password_wrong` when `current` is not it, `password_unchanged` when the new one is the same.
   */
  async change(caller: SessionCaller, current: string, next: string, ip: string): Promise<void> {
    if (!(await this.#signIn.isPassword(caller.userId, current)))
      throw new BadRequest('password_wrong', 'Invalid current password', CHANGE_ERROR)
    if (current === next)
      throw new BadRequest(
        'password_unchanged',
        'The new password must differ from the current one',
        CHANGE_ERROR,
      )
    const hash = await hashPassword(next)
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      await putPassword(tx, now, caller.userId, hash)
      await updateUser(tx, caller.userId, { mustChangePassword: false })
      await endAccess(tx, caller.userId, now, caller.sessionId)
      await tx.deleteFrom('passwordReset').where('userId', '=', caller.userId).execute()
      await audit(tx, now, { orgId: caller.orgId, caller, action: 'password.changed', ip })
    })
  }

  /**
   * Mails a link with which to choose a new password, where the user has an address. Nothing that the caller sees, nor
   * the time it takes, tells whether there is such a user.
   */
  async forgot(login: string, ip: string): Promise<void> {
    const user = await findUserByLogin(this.#db, login)
    const address = user === undefined ? null : shownEmail(user.email)
    if (user === undefined || address === null) return
    const token = randomBytes(24).toString('base64url')
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      // A link that was asked for before stays good for its hour: the first of two mails may be read last.
      await tx.deleteFrom('passwordReset').where('expiresAt', '<', now).execute()
      await tx
        .insertInto('passwordReset')
        .values({ tokenHash: hashToken(token), userId: user.id, createdAt: now, expiresAt: now + RESET_MS })
        .execute()
      await audit(tx, now, { ...(await self(tx, user)), action: 'password.reset_asked', ip })
    })
    this.#mailer.send({
      to: address,
      ...resetMail({ name: user.name, url: this.#mailer.link('reset-password', token) }),
    })
  }

  /**
   * Sets a new password with the token of the mailed link, once, and ends all sessions. That the link was read shows
   * that the address is theirs. A second factor stays. Throws BadRequest `reset_link_invalid`.
   */
  async reset(token: string, next: string, ip: string): Promise<UserRow> {
    const hash = await hashPassword(next)
    const now = this.#clock.now()
    return this.#db.transaction().execute(async (tx) => {
      const row = await tx
        .deleteFrom('passwordReset')
        .where('tokenHash', '=', hashToken(token))
        .where('expiresAt', '>', now)
        .returning('userId')
        .executeTakeFirst()
      const user = row === undefined ? undefined : await findUserById(tx, row.userId)
      if (user === undefined)
        throw new BadRequest(
          'reset_link_invalid',
          'This link has been used or is older than an hour: ask for a new one',
        )
      await putPassword(tx, now, user.id, hash)
      await updateUser(tx, user.id, { mustChangePassword: false, emailVerified: true })
      await endAccess(tx, user.id, now)
      await tx.deleteFrom('passwordReset').where('userId', '=', user.id).execute()
      await audit(tx, now, { ...(await self(tx, user)), action: 'password.reset', ip })
      return { ...user, mustChangePassword: isSet(false) }
    })
  }
}

const CHANGE_ERROR = { error: 'Change Password Error' }
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** The user as the one who acts, for the audit log of their first organization. */
async function self(tx: Db, user: UserRow): Promise<{ orgId: string | null; caller: SessionCaller }> {
  const [membership] = await listMemberships(tx, user.id)
  const at = membership ?? { orgId: '', role: 'member' as const, canCreateRooms: 0 }
  return {
    orgId: membership?.orgId ?? null,
    caller: { ...callerOf(user, at, 'live'), via: 'cookie', sessionId: '' },
  }
}
