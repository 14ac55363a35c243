import type { Generated, Selectable } from 'kysely'
import { type Db, needsRowLocks } from '../db/open.ts'

/** better-auth keeps times as ISO 8601 text in SQLite and as timestamptz in PostgreSQL; text goes into both. */
type LibraryTime = string | Date
/** better-auth keeps booleans as 0 and 1 in SQLite. */
type LibraryFlag = boolean | number

/** better-auth's user table, as far as we read and write it ourselves. */
export interface UserTable {
  id: string
  name: string
  email: string
  emailVerified: LibraryFlag
  createdAt: LibraryTime
  updatedAt: LibraryTime
  username: string | null
  displayUsername: string | null
  isSuperadmin: LibraryFlag | null
  mustChangePassword: LibraryFlag | null
}

/** better-auth's sessions; `token` is what the signed cookie holds and leaves the database for nobody. */
export interface SessionTable {
  id: string
  token: string
  userId: string
  createdAt: LibraryTime
  expiresAt: LibraryTime
  ipAddress: string | null
  userAgent: string | null
  activeOrgId: string | null
}

/** better-auth's ways to sign in: `credential` with a password, `oidc` with the provider's subject. */
export interface AccountTable {
  id: string
  accountId: string
  providerId: string
  userId: string
  password: string | null
  createdAt: LibraryTime
  updatedAt: LibraryTime
}

export interface OrganizationTable {
  id: string
  name: string
  rootUsername: string
  isFirst: number
  apiAccess: number
  /** JSON list of origins that may embed meetings, or `["*"]`. */
  allowedOrigins: string
  /** JSON of Branding (organization-schema.ts). */
  branding: string
  /** JSON of Retention (organization-schema.ts). */
  retention: Generated<string>
  createdAt: number
}

export type OrganizationRow = Selectable<OrganizationTable>

export type MembershipRole = 'admin' | 'member'

export interface OrganizationMemberTable {
  seq: Generated<number>
  orgId: string
  userId: string
  role: MembershipRole
  /** 0 makes a member what OpenVidu calls room_member. */
  canCreateRooms: number
  createdAt: number
  roleUpdatedAt: number
}

/** A flag as better-auth's columns take it on this database. */
export const libraryFlag = (db: Db, value: boolean): LibraryFlag =>
  needsRowLocks(db) ? value : Number(value)
export const isSet = (value: LibraryFlag | null): boolean => value === true || value === 1
export const libraryTime = (at: number): string => new Date(at).toISOString()

export const findFirstOrganization = (db: Db) =>
  db.selectFrom('organization').selectAll().where('isFirst', '=', 1).executeTakeFirst()

export const findOrganization = (db: Db, orgId: string) =>
  db.selectFrom('organization').selectAll().where('id', '=', orgId).executeTakeFirst()

/** An organization about which this transaction decides something: others that want to wait until it is done. */
export const lockOrganization = (tx: Db, orgId: string) =>
  tx
    .selectFrom('organization')
    .selectAll()
    .where('id', '=', orgId)
    .$if(needsRowLocks(tx), (query) => query.forUpdate())
    .executeTakeFirst()

/** A user's memberships, oldest first, with each organization's name. */
export const listMemberships = (db: Db, userId: string) =>
  db
    .selectFrom('organizationMember')
    .innerJoin('organization', 'organization.id', 'organizationMember.orgId')
    .selectAll('organizationMember')
    .select('organization.name as organizationName')
    .where('organizationMember.userId', '=', userId)
    .orderBy('organizationMember.seq')
    .execute()

export const findMembership = (db: Db, orgId: string, userId: string) =>
  db
    .selectFrom('organizationMember')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('userId', '=', userId)
    .executeTakeFirst()

/** When the role of a user of the organization was last changed; undefined for who is none of its users. */
export const findRoleChange = async (db: Db, orgId: string, username: string): Promise<number | undefined> =>
  (
    await db
      .selectFrom('organizationMember')
      .innerJoin('user', 'user.id', 'organizationMember.userId')
      .select('organizationMember.roleUpdatedAt')
      .where('organizationMember.orgId', '=', orgId)
      .where('user.username', '=', username)
      .executeTakeFirst()
  )?.roleUpdatedAt

export async function insertMembership(
  tx: Db,
  row: Pick<OrganizationMemberTable, 'orgId' | 'userId' | 'role' | 'canCreateRooms'> & { at: number },
): Promise<boolean> {
  const { at, ...columns } = row
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('organizationMember')
    .values({ ...columns, createdAt: at, roleUpdatedAt: at })
    .onConflict((conflict) => conflict.columns(['orgId', 'userId']).doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}
