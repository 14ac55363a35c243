import { hashPassword } from 'better-auth/crypto'
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { BadRequest, Conflict, Forbidden } from '../errors.ts'
import { newId, randomLower } from '../ids.ts'
import { slugOf } from '../slug.ts'
import { findSetting, putSetting } from '../settings.ts'
import type { Origin } from './access-tokens.ts'
import { hashToken } from './passwords.ts'
import type { Sessions, SignedIn } from './sessions.ts'
import { findOrganization, insertMembership, lockOrganization } from './store.ts'
import { insertUser, shownEmail, updateUser } from './user-store.ts'

const FIRST_ORGANIZATION = 'org_first'
const SETUP_TOKEN = 'setupTokenHash'

interface Options {
  database: Database
  sessions: Sessions
  clock: Clock
  config: Config
}

export interface NewAdmin {
  username: string
  password: string
  name?: string
  email?: string
  organizationName?: string
}

/** How users and organizations come to be: the first admin, and who makes a key for themselves. */
export class Accounts {
  readonly #db: Db
  readonly #sessions: Sessions
  readonly #clock: Clock
  readonly #config: Config

  constructor(options: Options) {
    this.#db = options.database.db
    this.#sessions = options.sessions
    this.#clock = options.clock
    this.#config = options.config
  }

  /**
   * Makes the first organization and, from ADMIN_PASSWORD, its root admin, where they are missing. Returns a
   * fresh one-time token while nobody administers this deployment, else null. Safe to call at each start.
   */
  async prepare(): Promise<string | null> {
    const { admin } = this.#config
    await this.#db
      .insertInto('organization')
      .values({
        id: FIRST_ORGANIZATION,
        name: 'My organization',
        rootUsername: admin.username,
        isFirst: 1,
        apiAccess: 1,
        allowedOrigins: '["*"]',
        branding: '{}',
        createdAt: this.#clock.now(),
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
    if (await this.hasAdmin()) return null
    if (admin.password !== null) {
      await this.#createRootAdmin({
        username: admin.username,
        password: admin.password,
        ...(admin.email === null ? {} : { email: admin.email }),
      })
      return null
    }
    const token = randomBytes(24).toString('base64url')
    await putSetting(this.#db, SETUP_TOKEN, hashToken(token))
    return token
  }

  /** Whether anybody can sign in as admin of the first organization. */
  async hasAdmin(): Promise<boolean> {
    return hasAdmin(this.#db)
  }

  /**
   * First start: makes the root admin with the one-time token from the terminal and signs them in.
   * Throws Conflict `setup_done` when there is an admin, Forbidden `setup_token_invalid` for a wrong token.
   */
  async setUp(token: string, admin: NewAdmin, origin: Origin): Promise<SignedIn> {
    if (await this.hasAdmin()) throw setupDone()
    const wanted = await findSetting(this.#db, SETUP_TOKEN)
    if (wanted === undefined || !isSameHash(hashToken(token), wanted))
      throw new Forbidden(
        'setup_token_invalid',
        'This setup link is not valid: use the newest one from the terminal',
      )
    return this.#sessions.open(await this.#createRootAdmin(admin), origin)
  }

  async #createRootAdmin(admin: NewAdmin): Promise<string> {
    const passwordHash = await hashPassword(admin.password)
    const now = this.#clock.now()
    return this.#db.transaction().execute(async (tx) => {
      const first = await lockOrganization(tx, FIRST_ORGANIZATION)
      if (first === undefined) throw new Error('the first organization is missing')
      if (await hasAdmin(tx)) throw setupDone()
      const userId = await insertUser(tx, now, {
        username: admin.username,
        name: admin.name ?? 'Admin',
        email: admin.email ?? null,
        // Whoever sets this server up says whose address it is.
        emailVerified: admin.email !== undefined,
        passwordHash,
        mustChangePassword: false,
      })
      if (userId === null)
        throw new Conflict('username_taken', 'This user name or e-mail is taken: choose another one')
      await insertMembership(tx, { orgId: first.id, userId, role: 'admin', canCreateRooms: 1, at: now })
      await updateUser(tx, userId, { isSuperadmin: true })
      await tx
        .updateTable('organization')
        .set({
          rootUsername: admin.username,
          ...(admin.organizationName === undefined ? {} : { name: admin.organizationName }),
        })
        .where('id', '=', first.id)
        .execute()
      // Rooms made by a seeded key before anybody existed belong to the root admin under their chosen name.
      await tx
        .updateTable('room')
        .set({ ownerId: admin.username })
        .where('ownerId', '=', first.rootUsername)
        .execute()
      await tx.deleteFrom('setting').where('name', '=', SETUP_TOKEN).execute()
      await audit(tx, now, {
        orgId: first.id,
        caller: { kind: 'nobody' },
        action: 'user.created',
        target: admin.username,
        details: { role: 'superadmin' },
      })
      return userId
    })
  }

  /**
   * A user in an organization of their own, for self-service keys. Unverified: they hold no claim on the e-mail.
   * Throws BadRequest `email_taken`.
   */
  async register(person: { name: string; email: string; organizationName: string | null }): Promise<{
    orgId: string
    username: string
    userId: string
    name: string
  }> {
    const email = person.email.toLowerCase()
    const username = `${slugOf(person.name, 'user').slice(0, 12)}_${randomLower(6)}`
    const orgId = newId('org')
    const now = this.#clock.now()
    return this.#db.transaction().execute(async (tx) => {
      // Without a password: the key is all that this user signs in with, until they choose one by mail.
      const userId = await insertUser(tx, now, {
        username,
        name: person.name,
        email,
        emailVerified: false,
        passwordHash: null,
        mustChangePassword: false,
      })
      if (userId === null) throw new BadRequest('email_taken', 'This e-mail is registered already')
      await tx
        .insertInto('organization')
        .values({
          id: orgId,
          name: person.organizationName ?? person.name,
          rootUsername: username,
          isFirst: 0,
          apiAccess: 1,
          allowedOrigins: '["*"]',
          branding: '{}',
          createdAt: now,
        })
        .execute()
      await insertMembership(tx, { orgId, userId, role: 'admin', canCreateRooms: 1, at: now })
      return { orgId, username, userId, name: person.name }
    })
  }

  /** Who made a key, as Vyom's clients want to know it; the organization's root admin where they are gone. */
  async personBehind(
    orgId: string,
    username: string,
  ): Promise<{ name: string; email: string; organizationName: string }> {
    const organization = await findOrganization(this.#db, orgId)
    const user = await this.#db
      .selectFrom('user')
      .select(['name', 'email'])
      .where('username', '=', username)
      .executeTakeFirst()
    return {
      name: user?.name ?? username,
      email: shownEmail(user?.email ?? '') ?? '',
      organizationName: organization?.name ?? '',
    }
  }
}

const setupDone = () => new Conflict('setup_done', 'Parley has its first admin already: sign in instead')

async function hasAdmin(db: Db): Promise<boolean> {
  const member = await db
    .selectFrom('organizationMember')
    .select('userId')
    .where('orgId', '=', FIRST_ORGANIZATION)
    .limit(1)
    .executeTakeFirst()
  return member !== undefined
}

const isSameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
