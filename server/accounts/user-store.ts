import { type ExpressionBuilder, sql } from 'kysely'
import { type Db, needsRowLocks } from '../db/open.ts'
import { type After, matchesText, type TextMatch } from '../db/paging.ts'
import type { Tables } from '../db/schema.ts'
import { newId } from '../ids.ts'
import { libraryFlag, libraryTime, type MembershipRole, type UserTable } from './store.ts'

/** Domain of the synthetic addresses of users without e-mail; never mailed, never shown (RFC 2606). */
const NO_MAIL_DOMAIN = 'users.parley.invalid'

/** An address as people may see it: null for users who have none. */
export const shownEmail = (email: string): string | null =>
  email.endsWith(`@${NO_MAIL_DOMAIN}`) ? null : email
export const noEmail = (): string => `${newId('u')}@${NO_MAIL_DOMAIN}`

/** Addresses of an organization's admins, of those who have one. */
export async function listAdminEmails(db: Db, orgId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('organizationMember')
    .innerJoin('user', 'user.id', 'organizationMember.userId')
    .select('user.email')
    .where('organizationMember.orgId', '=', orgId)
    .where('organizationMember.role', '=', 'admin')
    .orderBy('organizationMember.seq')
    .execute()
  return rows.flatMap(({ email }) => shownEmail(email) ?? [])
}

export interface NewUser {
  username: string
  name: string
  /** null: none; the library gets a synthetic one. */
  email: string | null
  emailVerified: boolean
  /** null: they sign in by single sign-on, or not at all before a reset by mail. */
  passwordHash: string | null
  mustChangePassword: boolean
}

/** Writes a user and their password; null when the username or the e-mail is taken. */
export async function insertUser(tx: Db, at: number, wanted: NewUser): Promise<string | null> {
  const id = newId('user')
  const time = libraryTime(at)
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('user')
    .values({
      id,
      name: wanted.name,
      email: wanted.email?.toLowerCase() ?? noEmail(),
      emailVerified: libraryFlag(tx, wanted.emailVerified),
      createdAt: time,
      updatedAt: time,
      username: wanted.username,
      displayUsername: wanted.username,
      isSuperadmin: libraryFlag(tx, false),
      mustChangePassword: libraryFlag(tx, wanted.mustChangePassword),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows !== 1n) return null
  if (wanted.passwordHash !== null) await putPassword(tx, at, id, wanted.passwordHash)
  return id
}

/** Sets a user's password hash, whether they had one or not. */
export async function putPassword(tx: Db, at: number, userId: string, hash: string): Promise<void> {
  const time = libraryTime(at)
  const { numUpdatedRows } = await tx
    .updateTable('account')
    .set({ password: hash, updatedAt: time })
    .where('userId', '=', userId)
    .where('providerId', '=', 'credential')
    .executeTakeFirstOrThrow()
  if (numUpdatedRows > 0n) return
  await tx
    .insertInto('account')
    .values({
      id: newId('account'),
      accountId: userId,
      providerId: 'credential',
      userId,
      password: hash,
      createdAt: time,
      updatedAt: time,
    })
    .execute()
}

export const findPassword = async (db: Db, userId: string): Promise<string | null> =>
  (
    await db
      .selectFrom('account')
      .select('password')
      .where('userId', '=', userId)
      .where('providerId', '=', 'credential')
      .executeTakeFirst()
  )?.password ?? null

export async function updateUser(
  tx: Db,
  userId: string,
  change: Partial<Pick<UserTable, 'name' | 'email'>> & {
    emailVerified?: boolean
    isSuperadmin?: boolean
    mustChangePassword?: boolean
  },
): Promise<void> {
  const { emailVerified, isSuperadmin, mustChangePassword, ...columns } = change
  await tx
    .updateTable('user')
    .set({
      ...columns,
      ...(emailVerified === undefined ? {} : { emailVerified: libraryFlag(tx, emailVerified) }),
      ...(isSuperadmin === undefined ? {} : { isSuperadmin: libraryFlag(tx, isSuperadmin) }),
      ...(mustChangePassword === undefined
        ? {}
        : { mustChangePassword: libraryFlag(tx, mustChangePassword) }),
    })
    .where('id', '=', userId)
    .execute()
}

export const findUserById = (db: Db, userId: string) =>
  db.selectFrom('user').selectAll().where('id', '=', userId).executeTakeFirst()

/** A user by what they sign in with: username, or e-mail where there is an `@` in it. */
export const findUserByLogin = (db: Db, login: string) =>
  db
    .selectFrom('user')
    .selectAll()
    .where(login.includes('@') ? 'email' : 'username', '=', login.toLowerCase())
    .executeTakeFirst()

export type UserRow = NonNullable<Awaited<ReturnType<typeof findUserById>>>

const MEMBER_COLUMNS = [
  'user.id as userId',
  'user.username',
  'user.name',
  'user.email',
  'user.emailVerified',
  'user.isSuperadmin',
  'user.mustChangePassword',
  'organizationMember.seq',
  'organizationMember.role',
  'organizationMember.canCreateRooms',
  'organizationMember.createdAt',
  'organizationMember.roleUpdatedAt',
] as const

/** A user as a member of one organization. */
export interface MemberRow {
  userId: string
  username: string
  name: string
  email: string
  emailVerified: UserTable['emailVerified']
  isSuperadmin: UserTable['isSuperadmin']
  mustChangePassword: UserTable['mustChangePassword']
  seq: number
  role: MembershipRole
  canCreateRooms: number
  createdAt: number
  roleUpdatedAt: number
}

const members = (db: Db, orgId: string) =>
  db
    .selectFrom('organizationMember')
    .innerJoin('user', 'user.id', 'organizationMember.userId')
    .select(MEMBER_COLUMNS)
    .select('user.username as username')
    .where('organizationMember.orgId', '=', orgId)
    .where('user.username', 'is not', null)
    .$narrowType<{ username: string }>()

/** A user of the organization by username, which is what OpenVidu calls userId. */
export const findMember = (db: Db, orgId: string, username: string): Promise<MemberRow | undefined> =>
  members(db, orgId).where('user.username', '=', username).executeTakeFirst()

/** The same, for a change: others that want to change this membership wait. */
export const lockMember = (tx: Db, orgId: string, username: string): Promise<MemberRow | undefined> =>
  members(tx, orgId)
    .where('user.username', '=', username)
    .$if(needsRowLocks(tx), (query) => query.forUpdate('organizationMember'))
    .executeTakeFirst()

export interface MemberQuery {
  userId?: string | undefined
  name?: TextMatch | undefined
  /** Part of name, username or e-mail. */
  search?: string | undefined
  role?: MembershipRole | undefined
  canCreateRooms?: boolean | undefined
  sortField: 'registrationDate' | 'name'
  sortOrder: 'asc' | 'desc'
}

const SORT_COLUMN = { registrationDate: 'organizationMember.createdAt', name: 'user.name' } as const

export const placeOfMember = (row: MemberRow, sortField: MemberQuery['sortField']): After => ({
  value: sortField === 'name' ? row.name : row.createdAt,
  seq: row.seq,
})

type Members = ExpressionBuilder<Tables, 'organizationMember' | 'user'>

/** A piece of an organization's users by keyset; index organizationMember_by_creation. */
export function listMembers(
  db: Db,
  orgId: string,
  wanted: MemberQuery,
  limit: number,
  after: After | undefined,
): Promise<MemberRow[]> {
  const { userId, name, search, role, canCreateRooms, sortField, sortOrder } = wanted
  const column = SORT_COLUMN[sortField]
  let query = members(db, orgId)
  if (userId !== undefined || name !== undefined)
    query = query.where((eb: Members) =>
      eb.or([
        ...(userId === undefined ? [] : [eb('user.username', '=', userId)]),
        ...(name === undefined ? [] : [matchesText('user.name', name)]),
      ]),
    )
  if (search !== undefined) {
    const match: TextMatch = { text: search, mode: 'partial', isCaseInsensitive: true }
    query = query.where((eb: Members) =>
      eb.or([
        matchesText('user.name', match),
        matchesText('user.username', match),
        eb.and([matchesText('user.email', match), eb('user.email', 'not like', `%@${NO_MAIL_DOMAIN}`)]),
      ]),
    )
  }
  if (role !== undefined) query = query.where('organizationMember.role', '=', role)
  if (canCreateRooms !== undefined)
    query = query.where('organizationMember.canCreateRooms', '=', Number(canCreateRooms))
  if (after !== undefined)
    query = query.where(
      sql<boolean>`(${sql.ref(column)}, ${sql.ref('organizationMember.seq')}) ${sql.raw(sortOrder === 'asc' ? '>' : '<')} (${after.value}, ${after.seq})`,
    )
  return query.orderBy(column, sortOrder).orderBy('organizationMember.seq', sortOrder).limit(limit).execute()
}

/** Of how many organizations somebody is a user. */
export async function countMemberships(db: Db, userId: string): Promise<number> {
  const { total } = await db
    .selectFrom('organizationMember')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('userId', '=', userId)
    .executeTakeFirstOrThrow()
  return total
}

/** An address that nobody has proven to be theirs is free for who proves it. */
export async function releaseUnverifiedEmail(tx: Db, email: string): Promise<void> {
  await tx
    .updateTable('user')
    .set({ email: noEmail() })
    .where('email', '=', email.toLowerCase())
    .where('emailVerified', '=', libraryFlag(tx, false))
    .execute()
}
