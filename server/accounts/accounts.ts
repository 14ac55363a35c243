import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { BadRequest, Conflict, Forbidden, NotFound, Unauthorized } from '../errors.ts'
import type { Environment, KeyCaller, SessionCaller } from '../http/caller.ts'
import { newId, randomLower } from '../ids.ts'
import { slugOf } from '../slug.ts'
import { findSetting, putSetting } from '../settings.ts'
import type { Auth } from './auth.ts'
import type { SessionView } from './schema.ts'
import { findOrganization, listMemberships, lockOrganization, type OrganizationTable } from './store.ts'

/** Domain of the synthetic addresses of users without e-mail; never mailed, never shown (RFC 2606). */
const NO_MAIL_DOMAIN = 'users.parley.invalid'
const FIRST_ORGANIZATION = 'org_first'
const SETUP_TOKEN = 'setupTokenHash'

interface Options {
  database: Database
  auth: Auth
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

/** What signing in gives: who it is, and the cookies for the browser. */
export interface SignedIn {
  session: SessionView
  cookies: string[]
}

/** Users, their organizations and their console sessions. */
export class Accounts {
  readonly #db: Db
  readonly #auth: Auth
  readonly #clock: Clock
  readonly #config: Config

  constructor(options: Options) {
    this.#db = options.database.db
    this.#auth = options.auth
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
  async setUp(token: string, admin: NewAdmin, headers: IncomingHttpHeaders): Promise<SignedIn> {
    if (await this.hasAdmin()) throw setupDone()
    const wanted = await findSetting(this.#db, SETUP_TOKEN)
    if (wanted === undefined || !isSameHash(hashToken(token), wanted))
      throw new Forbidden(
        'setup_token_invalid',
        'This setup link is not valid: use the newest one from the terminal',
      )
    await this.#createRootAdmin(admin)
    return this.signIn(admin.username, admin.password, headers)
  }

  async #createRootAdmin(admin: NewAdmin): Promise<void> {
    // A start that died between these two steps left a user nobody can sign in as: begin again.
    await this.#db
      .deleteFrom('user')
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('organizationMember')
              .select('userId')
              .whereRef('organizationMember.userId', '=', 'user.id'),
          ),
        ),
      )
      .execute()
    const created = await this.#auth.api
      .signUpEmail({
        body: {
          username: admin.username,
          displayUsername: admin.username,
          password: admin.password,
          name: admin.name ?? 'Admin',
          email: admin.email ?? `${newId('u')}@${NO_MAIL_DOMAIN}`,
        },
      })
      // Two at once with the same name: the other one was first.
      .catch((cause: unknown) => {
        throw new Conflict(
          'setup_done',
          'This user name or e-mail is being taken right now: sign in instead',
          { cause },
        )
      })
    const userId = created.user.id
    const now = this.#clock.now()
    const isTrue = this.#config.database.kind === 'sqlite' ? 1 : true
    await this.#db.transaction().execute(async (tx) => {
      const first = await lockOrganization(tx, FIRST_ORGANIZATION)
      if (first === undefined) throw new Error('the first organization is missing')
      if (await hasAdmin(tx)) throw setupDone()
      await tx
        .insertInto('organizationMember')
        .values({ orgId: first.id, userId, role: 'admin', canCreateRooms: 1, createdAt: now })
        .execute()
      await tx.updateTable('user').set({ isSuperadmin: isTrue }).where('id', '=', userId).execute()
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
    const taken = await this.#db.selectFrom('user').select('id').where('email', '=', email).executeTakeFirst()
    if (taken !== undefined) throw emailTaken()
    const username = `${slugOf(person.name, 'user').slice(0, 12)}_${randomLower(6)}`
    const created = await this.#auth.api
      .signUpEmail({
        // Nobody knows this password: the key is all that this user signs in with, until they reset it by mail.
        body: {
          username,
          displayUsername: username,
          name: person.name,
          email,
          password: randomBytes(32).toString('base64url'),
        },
      })
      .catch((cause: unknown) => {
        throw emailTaken(cause)
      })
    const orgId = newId('org')
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
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
      await tx
        .insertInto('organizationMember')
        .values({ orgId, userId: created.user.id, role: 'admin', canCreateRooms: 1, createdAt: now })
        .execute()
    })
    return { orgId, username, userId: created.user.id, name: person.name }
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
      email: user === undefined || user.email.endsWith(`@${NO_MAIL_DOMAIN}`) ? '' : user.email,
      organizationName: organization?.name ?? '',
    }
  }

  /**
   * Signs in by username or e-mail. Throws Unauthorized `sign_in_failed`, alike for an unknown user and a wrong
   * password (the library hashes in both cases).
   */
  async signIn(login: string, password: string, headers: IncomingHttpHeaders): Promise<SignedIn> {
    const request = { headers: webHeaders(headers), asResponse: true as const }
    const response = login.includes('@')
      ? await this.#auth.api.signInEmail({ body: { email: login, password }, ...request })
      : await this.#auth.api.signInUsername({ body: { username: login.toLowerCase(), password }, ...request })
    if (!response.ok) throw new Unauthorized('sign_in_failed', 'Wrong user name or password')
    const cookies = response.headers.getSetCookie()
    const cookie = cookies.map((line) => line.split(';')[0]).join('; ')
    const caller = await this.authenticate({ cookie }, 'live')
    if (caller === null) throw new Unauthorized('sign_in_failed', 'Wrong user name or password')
    await audit(this.#db, this.#clock.now(), { orgId: caller.orgId, caller, action: 'session.created' })
    return { session: await this.describe(caller), cookies }
  }

  /** Ends the session of these headers; returns cookies that clear it. Without a session it does nothing. */
  async signOut(headers: IncomingHttpHeaders): Promise<string[]> {
    const response = await this.#auth.api.signOut({ headers: webHeaders(headers), asResponse: true })
    return response.headers.getSetCookie()
  }

  /** Who the session cookie belongs to, or null. A user's first organization is the one they act in. */
  async authenticate(headers: IncomingHttpHeaders, environment: Environment): Promise<SessionCaller | null> {
    if (headers.cookie === undefined || !headers.cookie.includes('parley.session_token')) return null
    const found = await this.#auth.api.getSession({ headers: webHeaders(headers) })
    if (found === null) return null
    const [membership] = await listMemberships(this.#db, found.user.id)
    if (membership === undefined) return null
    return {
      kind: 'session',
      orgId: membership.orgId,
      environment,
      userId: found.user.id,
      username: found.user.username ?? found.user.id,
      name: found.user.name,
      role: found.user.isSuperadmin === true ? 'superadmin' : membership.role,
      canCreateRooms: membership.canCreateRooms === 1,
    }
  }

  async describe(caller: SessionCaller): Promise<SessionView> {
    const user = await this.#db
      .selectFrom('user')
      .select(['email'])
      .where('id', '=', caller.userId)
      .executeTakeFirst()
    const organization = await findOrganization(this.#db, caller.orgId)
    if (organization === undefined || user === undefined)
      throw new NotFound('user_not_found', 'This user no longer exists')
    return {
      user: {
        id: caller.userId,
        username: caller.username,
        name: caller.name,
        email: user.email.endsWith(`@${NO_MAIL_DOMAIN}`) ? null : user.email,
      },
      organization: { id: organization.id, name: organization.name },
      role: caller.role,
    }
  }

  /** Throws NotFound `organization_not_found`. */
  async getOrganization(orgId: string): Promise<OrganizationTable> {
    const organization = await findOrganization(this.#db, orgId)
    if (organization === undefined)
      throw new NotFound('organization_not_found', 'This organization no longer exists')
    return organization
  }

  async renameOrganization(caller: KeyCaller | SessionCaller, name: string): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await tx.updateTable('organization').set({ name }).where('id', '=', caller.orgId).execute()
      await audit(tx, this.#clock.now(), {
        orgId: caller.orgId,
        caller,
        action: 'organization.updated',
        details: { name },
      })
    })
  }
}

const emailTaken = (cause?: unknown) =>
  new BadRequest('email_taken', 'This e-mail is registered already', { cause })
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

const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')
const isSameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/** Only what the library needs: it believes forwarded headers from anyone, so they are left out. */
function webHeaders(headers: IncomingHttpHeaders): Headers {
  const kept = new Headers()
  if (headers.cookie !== undefined) kept.set('cookie', headers.cookie)
  if (headers['user-agent'] !== undefined) kept.set('user-agent', headers['user-agent'])
  return kept
}
