import { type Db, needsRowLocks } from '../db/open.ts'
import type { UserRole } from '../http/caller.ts'

/** better-auth's user table, as far as we read it ourselves. */
export interface UserTable {
  id: string
  name: string
  email: string
  username: string | null
  isSuperadmin: boolean | number | null
  mustChangePassword: boolean | number | null
}

export interface OrganizationTable {
  id: string
  name: string
  rootUsername: string
  isFirst: number
  apiAccess: number
  allowedOrigins: string
  branding: string
  createdAt: number
}

export interface OrganizationMemberTable {
  orgId: string
  userId: string
  role: Exclude<UserRole, 'superadmin'>
  canCreateRooms: number
  createdAt: number
}

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
    .orderBy('organizationMember.createdAt')
    .execute()
