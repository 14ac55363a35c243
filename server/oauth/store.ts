import type { Db } from '../db/open.ts'

export interface OAuthClientTable {
  id: string
  orgId: string
  name: string
  /** SHA-256 of the secret, hex; null for a public client (RFC 6749 2.1). */
  secretHash: string | null
  secretLast4: string | null
  /** JSON list. */
  redirectUris: string
  /** Separated by spaces. */
  scopes: string
  createdAt: number
  /** Username. */
  createdBy: string
}

/** What one user lets one client do in one organization. */
export interface OAuthGrantTable {
  id: string
  clientId: string
  userId: string
  orgId: string
  scopes: string
  createdAt: number
  lastUsedAt: number | null
}

/** One consent's code, and the family of all tokens that come of it: `revokedAt` ends them all at once. */
export interface OAuthAuthorizationTable {
  id: string
  grantId: string
  codeHash: string
  /** null where the request left it out, as it may with a single registered one. */
  redirectUri: string | null
  scopes: string
  /** RFC 7636 S256 challenge. */
  codeChallenge: string | null
  codeExpiresAt: number
  usedAt: number | null
  revokedAt: number | null
}

export interface OAuthTokenTable {
  hash: string
  kind: 'access' | 'refresh'
  authorizationId: string
  scopes: string
  expiresAt: number
  /** When a refresh token was exchanged for the next one. */
  usedAt: number | null
}

/** Any organization's client: who holds its id may ask its user for consent. */
export const findClient = (db: Db, id: string) =>
  db
    .selectFrom('oauthClient')
    .innerJoin('organization', 'organization.id', 'oauthClient.orgId')
    .selectAll('oauthClient')
    .select(['organization.name as organizationName', 'organization.apiAccess'])
    .where('oauthClient.id', '=', id)
    .executeTakeFirst()
export type ClientRow = NonNullable<Awaited<ReturnType<typeof findClient>>>

export const findOwnClient = (db: Db, orgId: string, id: string) =>
  db.selectFrom('oauthClient').selectAll().where('orgId', '=', orgId).where('id', '=', id).executeTakeFirst()

/** Newest first, each with how many people use it; index oauthClient_list. */
export const listClients = (db: Db, orgId: string) =>
  db
    .selectFrom('oauthClient')
    .selectAll()
    .select((eb) =>
      eb
        .selectFrom('oauthGrant')
        .select((count) => count.fn.countAll<number>().as('total'))
        .whereRef('oauthGrant.clientId', '=', 'oauthClient.id')
        .as('grants'),
    )
    .where('orgId', '=', orgId)
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .execute()

export async function insertClient(db: Db, row: OAuthClientTable): Promise<void> {
  await db.insertInto('oauthClient').values(row).execute()
}

export async function updateClient(
  db: Db,
  orgId: string,
  id: string,
  change: Partial<OAuthClientTable>,
): Promise<void> {
  if (Object.keys(change).length === 0) return
  await db.updateTable('oauthClient').set(change).where('orgId', '=', orgId).where('id', '=', id).execute()
}

export async function deleteClient(db: Db, orgId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('oauthClient')
    .where('orgId', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** A user's grants in all their organizations, newest first; index oauthGrant_by_user. */
export const listGrants = (db: Db, userId: string) =>
  db
    .selectFrom('oauthGrant')
    .innerJoin('oauthClient', 'oauthClient.id', 'oauthGrant.clientId')
    .innerJoin('organization', 'organization.id', 'oauthGrant.orgId')
    .selectAll('oauthGrant')
    .select(['oauthClient.name as clientName', 'organization.name as organizationName'])
    .where('oauthGrant.userId', '=', userId)
    .orderBy('oauthGrant.createdAt', 'desc')
    .orderBy('oauthGrant.id')
    .execute()

/** Remembers a consent; one that is there takes the new scopes. Returns its id. */
export async function putGrant(db: Db, row: OAuthGrantTable): Promise<string> {
  const { id } = await db
    .insertInto('oauthGrant')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['clientId', 'userId', 'orgId']).doUpdateSet({ scopes: row.scopes }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export const findGrant = (db: Db, userId: string, id: string) =>
  db.selectFrom('oauthGrant').selectAll().where('userId', '=', userId).where('id', '=', id).executeTakeFirst()

/** Takes codes and tokens with it. */
export async function deleteGrant(db: Db, userId: string, id: string): Promise<void> {
  await db.deleteFrom('oauthGrant').where('userId', '=', userId).where('id', '=', id).execute()
}

export async function insertAuthorization(db: Db, row: OAuthAuthorizationTable): Promise<void> {
  await db.insertInto('oauthAuthorization').values(row).execute()
}

/** For whom an authorization stands, as long as they belong to the organization. */
const withHolder = (db: Db) =>
  db
    .selectFrom('oauthAuthorization')
    .innerJoin('oauthGrant', 'oauthGrant.id', 'oauthAuthorization.grantId')
    .innerJoin('oauthClient', 'oauthClient.id', 'oauthGrant.clientId')
    .innerJoin('organization', 'organization.id', 'oauthGrant.orgId')
    .innerJoin('organizationMember', (join) =>
      join
        .onRef('organizationMember.orgId', '=', 'oauthGrant.orgId')
        .onRef('organizationMember.userId', '=', 'oauthGrant.userId'),
    )
    .innerJoin('user', 'user.id', 'oauthGrant.userId')
    .select([
      'oauthAuthorization.id as authorizationId',
      'oauthAuthorization.grantId',
      'oauthAuthorization.usedAt as codeUsedAt',
      'oauthAuthorization.revokedAt',
      'oauthGrant.clientId',
      'oauthGrant.userId',
      'oauthGrant.orgId',
      'oauthClient.name as clientName',
      'oauthClient.scopes as clientScopes',
      'organization.apiAccess',
      'organizationMember.role',
      'organizationMember.canCreateRooms',
      'user.name',
      'user.username',
      'user.isSuperadmin',
      'user.mustChangePassword',
    ])

export const findAuthorizationByCode = (db: Db, codeHash: string) =>
  withHolder(db)
    .select([
      'oauthAuthorization.redirectUri',
      'oauthAuthorization.scopes',
      'oauthAuthorization.codeChallenge',
      'oauthAuthorization.codeExpiresAt',
    ])
    .where('oauthAuthorization.codeHash', '=', codeHash)
    .executeTakeFirst()

export const findToken = (db: Db, kind: OAuthTokenTable['kind'], hash: string) =>
  withHolder(db)
    .innerJoin('oauthToken', 'oauthToken.authorizationId', 'oauthAuthorization.id')
    .select(['oauthToken.scopes', 'oauthToken.expiresAt', 'oauthToken.usedAt'])
    .where('oauthToken.hash', '=', hash)
    .where('oauthToken.kind', '=', kind)
    .executeTakeFirst()
export type TokenRow = NonNullable<Awaited<ReturnType<typeof findToken>>>

/** Whose token it is, whatever its state: for who wants it revoked. */
export const findTokenOwner = (db: Db, hash: string) =>
  db
    .selectFrom('oauthToken')
    .innerJoin('oauthAuthorization', 'oauthAuthorization.id', 'oauthToken.authorizationId')
    .innerJoin('oauthGrant', 'oauthGrant.id', 'oauthAuthorization.grantId')
    .select(['oauthToken.kind', 'oauthToken.authorizationId', 'oauthGrant.clientId'])
    .where('oauthToken.hash', '=', hash)
    .executeTakeFirst()

/** True for the one caller that used the code first. */
export async function useCode(db: Db, authorizationId: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('oauthAuthorization')
    .set({ usedAt: now })
    .where('id', '=', authorizationId)
    .where('usedAt', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** True for the one caller that used the refresh token first. */
export async function useRefreshToken(db: Db, hash: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('oauthToken')
    .set({ usedAt: now })
    .where('hash', '=', hash)
    .where('kind', '=', 'refresh')
    .where('usedAt', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Ends a family: its code and every token, also one that is being made at this moment. */
export async function revokeAuthorization(db: Db, authorizationId: string, now: number): Promise<void> {
  await db
    .updateTable('oauthAuthorization')
    .set({ revokedAt: now })
    .where('id', '=', authorizationId)
    .where('revokedAt', 'is', null)
    .execute()
}

export async function insertTokens(db: Db, rows: OAuthTokenTable[]): Promise<void> {
  await db.insertInto('oauthToken').values(rows).execute()
}

export async function deleteToken(db: Db, hash: string): Promise<void> {
  await db.deleteFrom('oauthToken').where('hash', '=', hash).execute()
}

export async function touchGrant(db: Db, grantId: string, now: number): Promise<void> {
  await db.updateTable('oauthGrant').set({ lastUsedAt: now }).where('id', '=', grantId).execute()
}

/** What is past its time; a used refresh token stays until then, so that its second use is noticed. */
export async function deleteExpired(db: Db, now: number): Promise<void> {
  await db.deleteFrom('oauthToken').where('expiresAt', '<=', now).execute()
  await db
    .deleteFrom('oauthAuthorization')
    .where('codeExpiresAt', '<=', now)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('oauthToken')
            .select('oauthToken.hash')
            .whereRef('oauthToken.authorizationId', '=', 'oauthAuthorization.id'),
        ),
      ),
    )
    .execute()
}

/** Ends every token that a user's apps hold; the consents stay, so that the apps may ask anew. */
export async function revokeTokensOfUser(tx: Db, userId: string, now: number): Promise<void> {
  await tx
    .updateTable('oauthAuthorization')
    .set({ revokedAt: now })
    .where('revokedAt', 'is', null)
    .where('grantId', 'in', tx.selectFrom('oauthGrant').select('id').where('userId', '=', userId))
    .execute()
}
