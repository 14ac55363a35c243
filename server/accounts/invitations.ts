import { hashPassword } from 'better-auth/crypto'
import { randomBytes } from 'node:crypto'
import type { Generated, Selectable } from 'kysely'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { Conflict, Forbidden, NotFound } from '../errors.ts'
import type { KeyCaller, SessionCaller } from '../http/caller.ts'
import { newId } from '../ids.ts'
import type { Mailer } from '../mail/mailer.ts'
import { invitationMail } from '../mail/messages.ts'
import type { Origin } from './access-tokens.ts'
import type { InvitationLook, InvitationView } from './invitation-schema.ts'
import { hashToken } from './passwords.ts'
import type { Sessions, SignedIn } from './sessions.ts'
import {
  findOrganization,
  insertMembership,
  isSet,
  libraryFlag,
  lockOrganization,
  type MembershipRole,
} from './store.ts'
import type { OpenViduRole } from './user-schema.ts'
import { findUserById, insertUser, releaseUnverifiedEmail, shownEmail, updateUser } from './user-store.ts'
import { columnsOf, roleOf } from './users.ts'

export interface InvitationTable {
  seq: Generated<number>
  id: string
  orgId: string
  email: string
  role: MembershipRole
  canCreateRooms: number
  /** SHA-256 of the token in the link, hex. */
  tokenHash: string
  /** Who invited, as people call them. */
  invitedBy: string
  createdAt: number
  expiresAt: number
  /** 1 where the link went by mail alone, so that whoever has it reads that mailbox. */
  isMailed: number
}
type InvitationRow = Selectable<InvitationTable>

const DAYS = 7
const LIFE_MS = DAYS * 24 * 3_600_000

interface Options {
  database: Database
  clock: Clock
  sessions: Sessions
  mailer: Mailer
}

/** Who a person becomes by accepting without an account. */
export interface NewAccount {
  username: string
  name: string
  password: string
}

/**
 * Invitations into an organization by e-mail address. Only whoever holds the link accepts, and an account of that
 * address counts only where the address was proven to be theirs.
 */
export class Invitations {
  readonly #db: Db
  readonly #clock: Clock
  readonly #sessions: Sessions
  readonly #mailer: Mailer

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#sessions = options.sessions
    this.#mailer = options.mailer
  }

  /**
   * Mails a link; where no mail is sent, the answer holds it, below `baseUrl`, this once. An address invited before gets a new link. Throws
   * Conflict `already_user`.
   */
  async invite(
    caller: KeyCaller | SessionCaller,
    wanted: { email: string; role: OpenViduRole },
    { ip, baseUrl }: { ip: string; baseUrl: string },
  ): Promise<InvitationView & { url: string | null }> {
    const email = wanted.email.toLowerCase()
    const token = randomBytes(24).toString('base64url')
    const now = this.#clock.now()
    const { row, organization } = await this.#db.transaction().execute(async (tx) => {
      const found = await lockOrganization(tx, caller.orgId)
      if (found === undefined) throw new NotFound('organization_not_found', 'There is no such organization')
      if (await isMember(tx, caller.orgId, email))
        throw new Conflict('already_user', `${email} belongs to this organization already`)
      const columns: Omit<InvitationRow, 'seq' | 'id'> = {
        orgId: caller.orgId,
        email,
        ...columnsOf(wanted.role),
        tokenHash: hashToken(token),
        invitedBy: caller.name,
        createdAt: now,
        expiresAt: now + LIFE_MS,
        isMailed: Number(this.#mailer.isOn),
      }
      const stored = await tx
        .insertInto('invitation')
        .values({ id: newId('invitation'), ...columns })
        .onConflict((conflict) => conflict.columns(['orgId', 'email']).doUpdateSet(columns))
        .returningAll()
        .executeTakeFirstOrThrow()
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'invitation.created',
        target: email,
        ip,
        details: { role: wanted.role },
      })
      return { row: stored, organization: found }
    })
    if (!this.#mailer.isOn)
      return { ...view(row), url: `${baseUrl}/invitation?token=${encodeURIComponent(token)}` }
    const url = this.#mailer.link('invitation', token)
    this.#mailer.send({
      to: email,
      ...invitationMail({ organization: organization.name, invitedBy: row.invitedBy, url, days: DAYS }),
    })
    return { ...view(row), url: null }
  }

  /** Those that wait to be accepted, newest first. */
  async list(orgId: string): Promise<InvitationView[]> {
    const rows = await this.#db
      .selectFrom('invitation')
      .selectAll()
      .where('orgId', '=', orgId)
      .where('expiresAt', '>', this.#clock.now())
      .orderBy('createdAt', 'desc')
      .orderBy('seq', 'desc')
      .execute()
    return rows.map(view)
  }

  /** Takes an invitation back. Throws NotFound. */
  async revoke(caller: KeyCaller | SessionCaller, id: string, ip: string): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const row = await tx
        .deleteFrom('invitation')
        .where('id', '=', id)
        .where('orgId', '=', caller.orgId)
        .returning('email')
        .executeTakeFirst()
      if (row === undefined) throw new NotFound('invitation_not_found', 'There is no such invitation')
      await audit(tx, this.#clock.now(), {
        orgId: caller.orgId,
        caller,
        action: 'invitation.revoked',
        target: row.email,
        ip,
      })
    })
  }

  /** What the holder of a link is invited to. Throws NotFound `invitation_invalid`. */
  async look(token: string): Promise<InvitationLook> {
    const row = await this.#find(this.#db, token)
    const organization = await findOrganization(this.#db, row.orgId)
    return {
      organization: organization?.name ?? '',
      email: row.email,
      role: roleOf(row),
      invitedBy: row.invitedBy,
      hasAccount: (await findVerified(this.#db, row.email)) !== undefined,
    }
  }

  /**
   * Accepts as a new user and signs them in. Whoever claimed the address without proof loses it. Throws NotFound
   * `invitation_invalid`, Conflict `account_exists` for an address that is proven to be somebody's, and
   * `username_taken`.
   */
  async acceptAsNew(token: string, account: NewAccount, origin: Origin): Promise<SignedIn> {
    const passwordHash = await hashPassword(account.password)
    const now = this.#clock.now()
    const { userId, orgId } = await this.#db.transaction().execute(async (tx) => {
      const row = await this.#take(tx, token)
      if ((await findVerified(tx, row.email)) !== undefined)
        throw new Conflict('account_exists', `There is an account of ${row.email}: sign in with it first`)
      await releaseUnverifiedEmail(tx, row.email)
      const created = await insertUser(tx, now, {
        username: account.username,
        name: account.name,
        email: row.email,
        emailVerified: row.isMailed === 1,
        passwordHash,
        mustChangePassword: false,
      })
      if (created === null)
        throw new Conflict('username_taken', 'This user name is taken: choose another one')
      await join(tx, row, created, account.username, now, origin.ip)
      return { userId: created, orgId: row.orgId }
    })
    return this.#sessions.open(userId, origin, orgId)
  }

  /**
   * Accepts as the user who is signed in: with the same proven address, or with none, which then is theirs where the link
   * came by mail. Throws NotFound `invitation_invalid`, Forbidden `invitation_of_other`.
   */
  async acceptAs(caller: SessionCaller, token: string, ip: string): Promise<string> {
    const now = this.#clock.now()
    return this.#db.transaction().execute(async (tx) => {
      const row = await this.#take(tx, token)
      const user = await findUserById(tx, caller.userId)
      const isOwn = user?.email === row.email && isSet(user.emailVerified)
      const hasNone = user !== undefined && shownEmail(user.email) === null
      if (user === undefined || !(isOwn || hasNone))
        throw new Forbidden(
          'invitation_of_other',
          `This invitation is for ${row.email}: sign in with that account, or sign out to make one`,
        )
      if (hasNone && row.isMailed === 1 && (await findVerified(tx, row.email)) === undefined) {
        await releaseUnverifiedEmail(tx, row.email)
        await updateUser(tx, user.id, { email: row.email, emailVerified: true })
      }
      await join(tx, row, user.id, caller.username, now, ip)
      return row.orgId
    })
  }

  async #take(tx: Db, token: string): Promise<InvitationRow> {
    const row = await this.#find(tx, token)
    const { numDeletedRows } = await tx
      .deleteFrom('invitation')
      .where('id', '=', row.id)
      .where('tokenHash', '=', row.tokenHash)
      .executeTakeFirstOrThrow()
    if (numDeletedRows !== 1n) throw invalid()
    return row
  }

  async #find(db: Db, token: string): Promise<InvitationRow> {
    const row = await db
      .selectFrom('invitation')
      .selectAll()
      .where('tokenHash', '=', hashToken(token))
      .where('expiresAt', '>', this.#clock.now())
      .executeTakeFirst()
    if (row === undefined) throw invalid()
    return row
  }
}

/** Makes a user a member of every organization that invited an address which is proven to be theirs. */
export async function acceptAllFor(
  tx: Db,
  user: { userId: string; username: string; email: string },
  now: number,
  ip: string,
): Promise<number> {
  const rows = await tx
    .deleteFrom('invitation')
    .where('email', '=', user.email.toLowerCase())
    .where('expiresAt', '>', now)
    .returningAll()
    .execute()
  for (const row of rows) await join(tx, row, user.userId, user.username, now, ip)
  return rows.length
}

async function join(
  tx: Db,
  row: InvitationRow,
  userId: string,
  username: string,
  now: number,
  ip: string,
): Promise<void> {
  const { orgId, role, canCreateRooms } = row
  await insertMembership(tx, { orgId, userId, role, canCreateRooms, at: now })
  await audit(tx, now, {
    orgId,
    caller: { kind: 'nobody' },
    action: 'invitation.accepted',
    target: username,
    ip,
    details: { email: row.email, role: roleOf(row), invitedBy: row.invitedBy },
  })
}

/** The user whose proven address it is. */
export const findVerified = (db: Db, email: string) =>
  db
    .selectFrom('user')
    .selectAll()
    .where('email', '=', email.toLowerCase())
    .where('emailVerified', '=', libraryFlag(db, true))
    .executeTakeFirst()

const isMember = async (tx: Db, orgId: string, email: string): Promise<boolean> =>
  (await tx
    .selectFrom('organizationMember')
    .innerJoin('user', 'user.id', 'organizationMember.userId')
    .select('user.id')
    .where('organizationMember.orgId', '=', orgId)
    .where('user.email', '=', email)
    .where('user.emailVerified', '=', libraryFlag(tx, true))
    .executeTakeFirst()) !== undefined

const view = (row: InvitationRow): InvitationView => ({
  id: row.id,
  email: row.email,
  role: roleOf(row),
  invitedBy: row.invitedBy,
  createdAt: new Date(row.createdAt).toISOString(),
  expiresAt: new Date(row.expiresAt).toISOString(),
})

const invalid = () =>
  new NotFound(
    'invitation_invalid',
    'This invitation has been used, taken back, or is too old: ask for a new one',
  )
