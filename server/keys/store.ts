import type { Db } from '../db/open.ts'
import type { Environment } from '../http/caller.ts'

export interface ApiKeyTable {
  id: string
  orgId: string
  environment: Environment
  name: string
  /** SHA-256 of the whole key, hex. */
  hash: string
  start: string
  last4: string
  /** Comma list of read, write, admin. */
  permissions: string
  allowedIps: string
  rateLimits: string | null
  expiresAt: number | null
  createdAt: number
  createdBy: string
  lastUsedAt: number | null
  lastUsedIp: string | null
  requestCount: number
  revokedAt: number | null
  rotatedTo: string | null
  graceEndsAt: number | null
  /** Sealed by the vault for this row's id; only of keys that OpenVidu's receivers verify webhooks with. */
  encryptedSecret: string | null
  /** Where a key that the console did not make comes from. */
  origin: 'openvidu' | 'initial' | null
}

/** A key's row with what its caller needs of its organization. */
export const findKeyByHash = (db: Db, hash: string) =>
  db
    .selectFrom('apiKey')
    .innerJoin('organization', 'organization.id', 'apiKey.orgId')
    .selectAll('apiKey')
    .select(['organization.rootUsername', 'organization.apiAccess'])
    .where('apiKey.hash', '=', hash)
    .executeTakeFirst()

export const findKey = (db: Db, orgId: string, id: string) =>
  db.selectFrom('apiKey').selectAll().where('orgId', '=', orgId).where('id', '=', id).executeTakeFirst()

/** Newest first; index apiKey_list. */
export const listKeys = (db: Db, orgId: string, environment?: Environment) => {
  let query = db.selectFrom('apiKey').selectAll().where('orgId', '=', orgId)
  if (environment !== undefined) query = query.where('environment', '=', environment)
  return query.orderBy('createdAt', 'desc').orderBy('id').execute()
}

/** Keys that count to the limit: not revoked, not expired, not being rotated out. */
export async function countActiveKeys(
  db: Db,
  orgId: string,
  environment: Environment,
  now: number,
): Promise<number> {
  const { total } = await db
    .selectFrom('apiKey')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('orgId', '=', orgId)
    .where('environment', '=', environment)
    .where('revokedAt', 'is', null)
    .where('graceEndsAt', 'is', null)
    .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)]))
    .executeTakeFirstOrThrow()
  return total
}

/** The key that OpenVidu's console knows, unless it is revoked. */
export const findOpenViduKey = (db: Db, orgId: string) =>
  db
    .selectFrom('apiKey')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('origin', '=', 'openvidu')
    .where('revokedAt', 'is', null)
    .orderBy('createdAt', 'desc')
    .executeTakeFirst()

/** The newest usable key of which there is a copy to sign webhooks with. */
export const findWebhookSecret = (db: Db, orgId: string, now: number) =>
  db
    .selectFrom('apiKey')
    .select(['id', 'encryptedSecret'])
    .where('orgId', '=', orgId)
    .where('environment', '=', 'live')
    .where('encryptedSecret', 'is not', null)
    .where('revokedAt', 'is', null)
    .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)]))
    .where((eb) => eb.or([eb('graceEndsAt', 'is', null), eb('graceEndsAt', '>', now)]))
    .orderBy('createdAt', 'desc')
    .limit(1)
    .executeTakeFirst()

export async function insertKey(db: Db, row: ApiKeyTable): Promise<void> {
  await db.insertInto('apiKey').values(row).execute()
}

export async function updateKey(
  db: Db,
  orgId: string,
  id: string,
  change: Partial<ApiKeyTable>,
): Promise<void> {
  if (Object.keys(change).length === 0) return
  await db.updateTable('apiKey').set(change).where('orgId', '=', orgId).where('id', '=', id).execute()
}

/** Adds what a key did since the last call; counts only ever grow. */
export async function addKeyUse(
  db: Db,
  id: string,
  use: { requests: number; lastUsedAt: number; lastUsedIp: string },
): Promise<void> {
  await db
    .updateTable('apiKey')
    .set((eb) => ({
      requestCount: eb('requestCount', '+', use.requests),
      lastUsedAt: use.lastUsedAt,
      lastUsedIp: use.lastUsedIp,
    }))
    .where('id', '=', id)
    .execute()
}
