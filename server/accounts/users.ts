import { hashPassword } from 'better-auth/crypto'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { decodeCursor, encodeCursor, readPage, regexMatcher } from '../db/paging.ts'
import { Conflict, Forbidden, NotFound, ParleyError } from '../errors.ts'
import type { KeyCaller, SessionCaller } from '../http/caller.ts'
import { revokeTokensOfUser } from '../oauth/store.ts'
import { endAccess } from './sessions.ts'
import { insertMembership, isSet, lockOrganization, type OrganizationRow } from './store.ts'
import {
  countMemberships,
  findMember,
  insertUser,
  listMembers,
  lockMember,
  type MemberQuery,
  type MemberRow,
  placeOfMember,
  putPassword,
  updateUser,
} from './user-store.ts'
import { removeTwoFactor } from './two-factor.ts'
import type { OpenViduRole } from './user-schema.ts'

type Manager = KeyCaller | SessionCaller

interface Options {
  database: Database
  clock: Clock
  /** Called after a user's rights in the organization changed or ended, for the meetings that they are in. */
  onChange: (orgId: string, username: string) => Promise<void>
}

export interface UserListing extends Omit<MemberQuery, 'role' | 'canCreateRooms'> {
  role?: OpenViduRole | undefined
  maxItems: number
  nextPageToken?: string | undefined
}

/** The users of an organization, as its admins and OpenVidu's users API manage them. */
export class Users {
  readonly #db: Db
  readonly #clock: Clock
  readonly #onChange: Options['onChange']

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#onChange = options.onChange
  }

  /** Makes a user without e-mail who has to change the password at the first sign-in. Throws Conflict `user_exists`. */
  async create(
    caller: Manager,
    wanted: { userId: string; name: string; role: OpenViduRole; password: string },
    ip: string,
  ): Promise<MemberRow> {
    const passwordHash = await hashPassword(wanted.password)
    const now = this.#clock.now()
    return this.#db.transaction().execute(async (tx) => {
      const { userId: username, name, role } = wanted
      const organization = await getLocked(tx, caller.orgId)
      const userId = await insertUser(tx, now, {
        username,
        name,
        email: null,
        emailVerified: false,
        passwordHash,
        mustChangePassword: true,
      })
      if (userId === null) throw new Conflict('user_exists', `User '${username}' already exists`, USER_ERROR)
      await insertMembership(tx, { orgId: organization.id, userId, ...columnsOf(role), at: now })
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'user.created',
        target: username,
        ip,
        details: { role },
      })
      return this.#get(tx, caller.orgId, username)
    })
  }

  /** One page of users and the token of the next. Throws Invalid for a token or pattern that is none. */
  async list(orgId: string, wanted: UserListing): Promise<{ rows: MemberRow[]; nextPageToken?: string }> {
    const { role, maxItems, nextPageToken, ...query } = wanted
    const { sortField, sortOrder, userId, name } = query
    const matches = regexMatcher(name, 'name')
    const { rows, next } = await readPage(
      (limit, after) => listMembers(this.#db, orgId, { ...query, ...filterOf(role) }, limit, after),
      (row) => placeOfMember(row, sortField),
      {
        limit: maxItems,
        after: decodeCursor(nextPageToken, sortField, sortOrder),
        matches: matches === null ? null : (row) => matches(row.name) || row.username === userId,
      },
    )
    return next === null ? { rows } : { rows, nextPageToken: encodeCursor(next, sortField, sortOrder) }
  }

  /** Throws NotFound `user_not_found`. */
  async get(orgId: string, username: string): Promise<MemberRow> {
    return this.#get(this.#db, orgId, username)
  }

  async #get(db: Db, orgId: string, username: string): Promise<MemberRow> {
    const row = await findMember(db, orgId, username)
    if (row === undefined) throw userNotFound(username)
    return row
  }

  /**
   * Gives a user a password that they have to change; until then nothing else is open to them. Throws Forbidden for
   * oneself, the root admin, and who belongs to other organizations too.
   */
  async resetPassword(caller: Manager, username: string, password: string, ip: string): Promise<void> {
    const hash = await hashPassword(password)
    await this.#change(caller, username, 'password.reset_by_admin', ip, async (tx, row, organization) => {
      if (username === caller.username) throw refused('Cannot reset your own password')
      if (username === organization.rootUsername)
        throw refused('Cannot reset password for the root admin user')
      await mayTakeOver(tx, caller, row)
      await putPassword(tx, this.#clock.now(), row.userId, hash)
      await updateUser(tx, row.userId, { mustChangePassword: true })
      // Access tokens stay, to be told why they open nothing any more (contract/openvidu-meet.md 1.4).
      await tx.deleteFrom('session').where('userId', '=', row.userId).execute()
      await revokeTokensOfUser(tx, row.userId, this.#clock.now())
      await tx.deleteFrom('passwordReset').where('userId', '=', row.userId).execute()
    })
  }

  /** Takes a user's second factor away, for who has lost it. Throws Forbidden like {@link resetPassword}. */
  async resetTwoFactor(caller: Manager, username: string, ip: string): Promise<void> {
    await this.#change(caller, username, 'two_factor.reset_by_admin', ip, async (tx, row, organization) => {
      if (username === caller.username) throw refused('Switch off your own second factor with a code')
      if (username === organization.rootUsername)
        throw refused('Cannot reset the second factor of the root admin user')
      await mayTakeOver(tx, caller, row)
      await removeTwoFactor(tx, row.userId)
    })
  }

  /**
   * Changes a user's role; the role held already changes nothing. A lower one ends their sessions and tokens. Rooms of
   * who may own none any more go to the root admin, memberships of a new admin end. Throws Forbidden for the root admin
   * and oneself.
   */
  async changeRole(caller: Manager, username: string, role: OpenViduRole, ip: string): Promise<MemberRow> {
    const now = this.#clock.now()
    let isChanged = false
    await this.#change(caller, username, 'user.role_changed', ip, async (tx, row, organization) => {
      if (username === organization.rootUsername)
        throw refused('Cannot change the role of the root admin user')
      if (username === caller.username) throw refused('Cannot change your own role')
      if (roleOf(row) === role) return 'unchanged'
      isChanged = true
      await tx
        .updateTable('organizationMember')
        .set({ ...columnsOf(role), roleUpdatedAt: now })
        .where('orgId', '=', caller.orgId)
        .where('userId', '=', row.userId)
        .execute()
      if (role === 'room_member') await giveRoomsToRoot(tx, organization, username)
      if (role === 'admin') await leaveRooms(tx, caller.orgId, username)
      if (RANK[role] < RANK[roleOf(row)]) await endAccess(tx, row.userId, now)
      return { role }
    })
    if (isChanged) await this.#onChange(caller.orgId, username)
    return this.get(caller.orgId, username)
  }

  /**
   * Takes a user out of the organization, and out of its meetings; who is in no other one is gone. Their rooms go to the
   * root admin. Throws Forbidden for the root admin and oneself.
   */
  async delete(caller: Manager, username: string, ip: string): Promise<void> {
    await this.#change(caller, username, 'user.deleted', ip, async (tx, row, organization) => {
      if (username === organization.rootUsername) throw refused('Cannot delete the root admin user')
      if (username === caller.username) throw refused('Cannot delete your own account')
      if (isSet(row.isSuperadmin) && !isSuperior(caller)) throw refused('Cannot delete a superadmin')
      await removeMember(tx, organization, row)
    })
    await this.#onChange(caller.orgId, username)
  }

  /** Deletes many, each on its own: one that fails does not stop the others. */
  async deleteMany(caller: Manager, usernames: string[], ip: string) {
    const deleted: string[] = []
    const failed: { userId: string; error: string }[] = []
    for (const userId of usernames) {
      try {
        await this.delete(caller, userId, ip)
        deleted.push(userId)
      } catch (err) {
        if (!(err instanceof ParleyError)) throw err
        failed.push({ userId, error: err instanceof NotFound ? 'User not found' : err.message })
      }
    }
    return { deleted, failed }
  }

  async #change(
    caller: Manager,
    username: string,
    action: string,
    ip: string,
    act: (
      tx: Db,
      row: MemberRow,
      organization: OrganizationRow,
    ) => Promise<Record<string, unknown> | 'unchanged' | undefined | void>,
  ): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const organization = await getLocked(tx, caller.orgId)
      const row = await lockMember(tx, caller.orgId, username)
      if (row === undefined) throw userNotFound(username)
      const details = await act(tx, row, organization)
      if (details === 'unchanged') return
      await audit(tx, this.#clock.now(), {
        orgId: caller.orgId,
        caller,
        action,
        target: username,
        ip,
        ...(typeof details === 'object' ? { details } : {}),
      })
    })
  }
}

const RANK: Record<OpenViduRole, number> = { room_member: 0, room_manager: 1, admin: 2 }

/** A membership in OpenVidu's words. */
export const roleOf = (row: Pick<MemberRow, 'role' | 'canCreateRooms'>): OpenViduRole =>
  row.role === 'admin' ? 'admin' : row.canCreateRooms === 1 ? 'room_manager' : 'room_member'

/** A user as contract/openvidu-meet.md 2.6 shows them. */
export const viewUser = (
  row: Pick<MemberRow, 'username' | 'name' | 'createdAt' | 'role' | 'canCreateRooms' | 'roleUpdatedAt'>,
) => ({
  userId: row.username,
  name: row.name,
  registrationDate: row.createdAt,
  role: roleOf(row),
  roleUpdatedAt: row.roleUpdatedAt,
})

/** OpenVidu's role as a membership. */
export const columnsOf = (role: OpenViduRole) => ({
  role: role === 'admin' ? ('admin' as const) : ('member' as const),
  canCreateRooms: role === 'room_member' ? 0 : 1,
})

const filterOf = (role: OpenViduRole | undefined): Pick<MemberQuery, 'role' | 'canCreateRooms'> =>
  role === undefined
    ? {}
    : role === 'admin'
      ? { role: 'admin' }
      : { role: 'member', canCreateRooms: role === 'room_manager' }

/** Takes a membership and all that hangs on it away; the user too, where it was their last. */
async function removeMember(tx: Db, organization: OrganizationRow, row: MemberRow): Promise<void> {
  await giveRoomsToRoot(tx, organization, row.username)
  await leaveRooms(tx, organization.id, row.username)
  await tx
    .deleteFrom('organizationMember')
    .where('orgId', '=', organization.id)
    .where('userId', '=', row.userId)
    .execute()
  if ((await countMemberships(tx, row.userId)) === 0)
    await tx.deleteFrom('user').where('id', '=', row.userId).execute()
  else
    await tx
      .deleteFrom('accessSession')
      .where('userId', '=', row.userId)
      .where('orgId', '=', organization.id)
      .execute()
}

async function giveRoomsToRoot(tx: Db, organization: OrganizationRow, username: string): Promise<void> {
  await tx
    .updateTable('room')
    .set({ ownerId: organization.rootUsername })
    .where('orgId', '=', organization.id)
    .where('ownerId', '=', username)
    .execute()
}

async function leaveRooms(tx: Db, orgId: string, username: string): Promise<void> {
  await tx
    .deleteFrom('roomMember')
    .where('userId', '=', username)
    .where('roomId', 'in', tx.selectFrom('room').select('roomId').where('orgId', '=', orgId))
    .execute()
}

const isSuperior = (caller: Manager): boolean => caller.kind === 'session' && caller.isSuperadmin

/**
 * Whoever sets a password or takes a second factor away can sign in as that user, in all of their organizations: an
 * organization's admin may do so only with users of this organization alone.
 */
async function mayTakeOver(tx: Db, caller: Manager, row: MemberRow): Promise<void> {
  if (isSuperior(caller)) return
  if (isSet(row.isSuperadmin)) throw refused('Only a superadmin may do this to a superadmin')
  if ((await countMemberships(tx, row.userId)) > 1)
    throw refused('This user belongs to other organizations too: they can reset their password by mail')
}

async function getLocked(tx: Db, orgId: string): Promise<OrganizationRow> {
  const organization = await lockOrganization(tx, orgId)
  if (organization === undefined)
    throw new NotFound('organization_not_found', 'This organization no longer exists')
  return organization
}

const USER_ERROR = { error: 'User Error' }
const refused = (message: string) => new Forbidden('user_protected', message, USER_ERROR)
const userNotFound = (username: string) =>
  new NotFound('user_not_found', `User '${username}' not found`, USER_ERROR)
