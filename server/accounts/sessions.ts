import type { IncomingHttpHeaders } from 'node:http'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { Forbidden, NotFound } from '../errors.ts'
import type { Environment, SessionCaller } from '../http/caller.ts'
import { revokeTokensOfUser } from '../oauth/store.ts'
import type { Origin } from './access-tokens.ts'
import type { Auth } from './auth.ts'
import { brandingOf } from './organization-schema.ts'
import type { SessionView, SignedInPlace } from './schema.ts'
import { findOrganization, isSet, listMemberships, type OrganizationMemberTable } from './store.ts'
import { findUserById, shownEmail, type UserRow } from './user-store.ts'

interface Options {
  database: Database
  auth: Auth
  clock: Clock
}

/** What signing in gives: who it is, and the cookies for the browser. */
export interface SignedIn {
  session: SessionView
  cookies: string[]
}

/** Where a user's sessions are looked for, and ended: in the browser and by access tokens alike. */
export class Sessions {
  readonly #db: Db
  readonly #auth: Auth
  readonly #clock: Clock

  constructor(options: Options) {
    this.#db = options.database.db
    this.#auth = options.auth
    this.#clock = options.clock
  }

  /**
   * Opens a console session for a user whom the caller of this has made sure of. They begin in `orgId`, or in their
   * first organization. Throws Forbidden `no_organization` for who is in none.
   */
  async open(userId: string, origin: Origin, orgId?: string): Promise<SignedIn> {
    const memberships = await listMemberships(this.#db, userId)
    const membership = memberships.find((one) => one.orgId === orgId) ?? memberships[0]
    if (membership === undefined) throw noOrganization()
    const response = await this.#auth.api.openSession({
      body: { userId, orgId: membership.orgId, ...origin },
      headers: new Headers(),
      asResponse: true,
    })
    const cookies = response.headers.getSetCookie()
    const cookie = cookies.map((line) => line.split(';')[0]).join('; ')
    const caller = await this.authenticate({ cookie }, 'live')
    if (caller === null) throw noOrganization()
    await audit(this.#db, this.#clock.now(), {
      orgId: caller.orgId,
      caller,
      action: 'session.created',
      ip: origin.ip,
    })
    return { session: await this.describe(caller), cookies }
  }

  /** Ends the session of these headers; returns cookies that clear it. Without a session it does nothing. */
  async signOut(headers: IncomingHttpHeaders): Promise<string[]> {
    const response = await this.#auth.api.signOut({ headers: webHeaders(headers), asResponse: true })
    return response.headers.getSetCookie()
  }

  /** Who the session cookie belongs to, or null. They act in the organization that they chose last in this session. */
  async authenticate(headers: IncomingHttpHeaders, environment: Environment): Promise<SessionCaller | null> {
    if (headers.cookie === undefined || !headers.cookie.includes('parley.session_token')) return null
    const found = await this.#auth.api.getSession({ headers: webHeaders(headers) })
    if (found === null) return null
    const user = await findUserById(this.#db, found.user.id)
    const memberships = user === undefined ? [] : await listMemberships(this.#db, user.id)
    const { activeOrgId } = found.session
    const membership = memberships.find(({ orgId }) => orgId === activeOrgId) ?? memberships[0]
    if (user === undefined || membership === undefined) return null
    return { ...callerOf(user, membership, environment), via: 'cookie', sessionId: found.session.id }
  }

  /** From now on the caller's session acts in another of their organizations. Throws NotFound for one they are not in. */
  async switchTo(caller: SessionCaller, orgId: string): Promise<SessionView> {
    const memberships = await listMemberships(this.#db, caller.userId)
    const membership = memberships.find((one) => one.orgId === orgId)
    const user = await findUserById(this.#db, caller.userId)
    if (membership === undefined || user === undefined)
      throw new NotFound('organization_not_found', 'You do not belong to such an organization')
    if (caller.via === 'cookie')
      await this.#db
        .updateTable('session')
        .set({ activeOrgId: orgId })
        .where('id', '=', caller.sessionId)
        .execute()
    else
      await this.#db.updateTable('accessSession').set({ orgId }).where('id', '=', caller.sessionId).execute()
    return this.describe({ ...caller, ...callerOf(user, membership, caller.environment) })
  }

  async describe(caller: SessionCaller): Promise<SessionView> {
    const user = await findUserById(this.#db, caller.userId)
    const organization = await findOrganization(this.#db, caller.orgId)
    if (organization === undefined || user === undefined)
      throw new NotFound('user_not_found', 'This user no longer exists')
    const memberships = await listMemberships(this.#db, caller.userId)
    return {
      user: {
        id: caller.userId,
        username: caller.username,
        name: caller.name,
        email: shownEmail(user.email),
      },
      organization: {
        id: organization.id,
        name: organization.name,
        branding: brandingOf(organization),
      },
      organizations: memberships.map((one) => ({ id: one.orgId, name: one.organizationName })),
      role: caller.role,
      canCreateRooms: caller.canCreateRooms,
      isSuperadmin: caller.isSuperadmin,
      mustChangePassword: caller.mustChangePassword,
    }
  }

  /** Where the user is signed in, newest first; never the tokens themselves. */
  async list(caller: SessionCaller): Promise<SignedInPlace[]> {
    const now = this.#clock.now()
    const browsers = await this.#db
      .selectFrom('session')
      .select(['id', 'createdAt', 'expiresAt', 'ipAddress', 'userAgent'])
      .where('userId', '=', caller.userId)
      .execute()
    const programs = await this.#db
      .selectFrom('accessSession')
      .select(['id', 'createdAt', 'expiresAt', 'ip', 'userAgent'])
      .where('userId', '=', caller.userId)
      .where('expiresAt', '>', now)
      .execute()
    const places = [
      ...browsers
        .map((row) => ({ ...row, ip: row.ipAddress, kind: 'browser' as const }))
        .filter((row) => new Date(row.expiresAt).getTime() > now),
      ...programs.map((row) => ({ ...row, kind: 'api' as const })),
    ]
    return places
      .map((row) => ({
        id: row.id,
        kind: row.kind,
        createdAt: new Date(row.createdAt).toISOString(),
        expiresAt: new Date(row.expiresAt).toISOString(),
        ip: row.ip ?? '',
        userAgent: row.userAgent ?? '',
        isCurrent: row.id === caller.sessionId,
      }))
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  }

  /** Ends one of the caller's own sessions. Throws NotFound for any other. */
  async end(caller: SessionCaller, id: string, ip: string): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const own = { userId: caller.userId, id }
      const results = [
        await tx
          .deleteFrom('session')
          .where('id', '=', own.id)
          .where('userId', '=', own.userId)
          .executeTakeFirstOrThrow(),
        await tx
          .deleteFrom('accessSession')
          .where('id', '=', own.id)
          .where('userId', '=', own.userId)
          .executeTakeFirstOrThrow(),
      ]
      if (results.every(({ numDeletedRows }) => numDeletedRows === 0n))
        throw new NotFound('session_not_found', 'You have no such session')
      await audit(tx, this.#clock.now(), {
        orgId: caller.orgId,
        caller,
        action: 'session.ended',
        target: id,
        ip,
      })
    })
  }

  /** Signs the caller out everywhere but here. */
  async endOthers(caller: SessionCaller, ip: string): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await endSessions(tx, caller.userId, caller.sessionId)
      await audit(tx, this.#clock.now(), { orgId: caller.orgId, caller, action: 'session.others_ended', ip })
    })
  }
}

/** Ends every session of a user, in browsers and of access tokens, but the one with the id `exceptId`. */
async function endSessions(tx: Db, userId: string, exceptId?: string): Promise<void> {
  for (const table of ['session', 'accessSession'] as const)
    await tx
      .deleteFrom(table)
      .where('userId', '=', userId)
      .$if(exceptId !== undefined, (query) => query.where('id', '!=', exceptId ?? ''))
      .execute()
}

/** The same, and the tokens of the apps that act for the user: after what makes all of them doubtful. */
export async function endAccess(tx: Db, userId: string, now: number, exceptId?: string): Promise<void> {
  await endSessions(tx, userId, exceptId)
  await revokeTokensOfUser(tx, userId, now)
}

/** A user acting in an organization; how they are signed in is to be added. */
export function callerOf(
  user: Pick<UserRow, 'id' | 'username' | 'name' | 'isSuperadmin' | 'mustChangePassword'>,
  membership: Pick<OrganizationMemberTable, 'orgId' | 'role' | 'canCreateRooms'>,
  environment: Environment,
): Omit<SessionCaller, 'via' | 'sessionId'> {
  const isSuperadmin = isSet(user.isSuperadmin)
  return {
    kind: 'session',
    orgId: membership.orgId,
    environment,
    userId: user.id,
    username: user.username ?? user.id,
    name: user.name,
    role: isSuperadmin && membership.role === 'admin' ? 'superadmin' : membership.role,
    canCreateRooms: membership.role === 'admin' || membership.canCreateRooms === 1,
    isSuperadmin,
    mustChangePassword: isSet(user.mustChangePassword),
  }
}

const noOrganization = () =>
  new Forbidden('no_organization', 'You belong to no organization here: ask for an invitation')

/** Only what the library needs: it believes forwarded headers from anyone, so they are left out. */
function webHeaders(headers: IncomingHttpHeaders): Headers {
  const kept = new Headers()
  if (headers.cookie !== undefined) kept.set('cookie', headers.cookie)
  if (headers['user-agent'] !== undefined) kept.set('user-agent', headers['user-agent'])
  return kept
}
