import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { Conflict, Forbidden, NotFound, Unauthorized } from '../errors.ts'
import type { KeyCaller, KeyPermission, SessionCaller } from '../http/caller.ts'
import { newId } from '../ids.ts'
import type { Logger } from '../log.ts'
import { findFirstOrganization, lockOrganization } from '../accounts/store.ts'
import { classifyKey, describeKey, hashKey, mintKey } from './key-format.ts'
import type { CreateKey, KeyView, KeyWithSecret } from './schema.ts'
import {
  addKeyUse,
  type ApiKeyTable,
  countActiveKeys,
  findKey,
  findKeyByHash,
  insertKey,
  listKeys,
  updateKey,
} from './store.ts'

/** Active keys in one environment of an organization. */
export const MAX_ACTIVE_KEYS = 5
const ROTATION_REMINDER_MS = 90 * 24 * 3_600_000
const FLUSH_MS = 2000

type KeyRow = NonNullable<Awaited<ReturnType<typeof findKeyByHash>>>

interface Options {
  database: Database
  config: Config
  clock: Clock
  log: Logger
}

/** API keys: minted here, verified on each request, counted, revoked at once. */
export class Keys {
  readonly #db: Db
  readonly #prefix: string
  readonly #clock: Clock
  readonly #log: Logger
  /** Rows by hash. Only where this process alone writes the database can a copy be trusted. */
  readonly #cache: Map<string, KeyRow> | null
  /** Counts invalidations: a row read before one must not be cached after it. */
  #generation = 0
  #uses = new Map<string, { requests: number; lastUsedAt: number; lastUsedIp: string }>()
  readonly #flushTimer: NodeJS.Timeout

  constructor(options: Options) {
    this.#db = options.database.db
    this.#prefix = options.config.keys.prefix
    this.#clock = options.clock
    this.#log = options.log
    this.#cache = options.database.dialect === 'sqlite' ? new Map() : null
    this.#flushTimer = setInterval(() => {
      this.flush().catch((err: unknown) =>
        this.#log.error({ err }, 'key usage was not written, it is tried again'),
      )
    }, FLUSH_MS).unref()
  }

  /**
   * Who a key is, and counts the use. Throws Unauthorized `auth_invalid`, `auth_revoked` or `auth_expired`,
   * Forbidden `subscription_required`.
   */
  async verify(key: string, ip: string): Promise<KeyCaller> {
    const row = await this.#find(key)
    if (row === undefined) throw new Unauthorized('auth_invalid', 'Invalid API key')
    const now = this.#clock.now()
    if (row.revokedAt !== null) throw new Unauthorized('auth_revoked', 'This API key has been revoked')
    if (
      (row.expiresAt !== null && row.expiresAt <= now) ||
      (row.graceEndsAt !== null && row.graceEndsAt <= now)
    )
      throw new Unauthorized('auth_expired', 'This API key has expired')
    if (row.apiAccess !== 1)
      throw new Forbidden('subscription_required', 'API access is switched off for this organization')
    const use = this.#uses.get(row.id)
    if (use === undefined) this.#uses.set(row.id, { requests: 1, lastUsedAt: now, lastUsedIp: ip })
    else {
      use.requests += 1
      use.lastUsedAt = now
      use.lastUsedIp = ip
    }
    return {
      kind: 'key',
      orgId: row.orgId,
      environment: row.environment,
      keyId: row.id,
      name: row.name,
      permissions: permissionsOf(row),
      username: row.rootUsername,
    }
  }

  async #find(key: string): Promise<KeyRow | undefined> {
    if (key.length > 200 || classifyKey(this.#prefix, key) === 'mistyped') return undefined
    const hash = hashKey(key)
    const known = this.#cache?.get(hash)
    if (known !== undefined) return known
    const generation = this.#generation
    const row = await findKeyByHash(this.#db, hash)
    if (row !== undefined && generation === this.#generation) this.#cache?.set(hash, row)
    return row
  }

  /** Makes a key. Throws Conflict `key_limit_reached` at the sixth active one in an environment. */
  async create(caller: KeyCaller | SessionCaller, wanted: CreateKey, ip: string): Promise<KeyWithSecret> {
    const minted = mintKey(this.#prefix, wanted.environment)
    const now = this.#clock.now()
    const row: ApiKeyTable = {
      ...emptyKey,
      id: newId('key'),
      orgId: caller.orgId,
      environment: wanted.environment,
      name: wanted.name,
      hash: minted.hash,
      start: minted.start,
      last4: minted.last4,
      permissions: wanted.permissions.join(','),
      expiresAt: wanted.expiresAt === null ? null : Date.parse(wanted.expiresAt),
      createdAt: now,
      createdBy: caller.username,
    }
    await this.#db.transaction().execute(async (tx) => {
      await lockOrganization(tx, caller.orgId)
      if ((await countActiveKeys(tx, caller.orgId, wanted.environment, now)) >= MAX_ACTIVE_KEYS)
        throw new Conflict(
          'key_limit_reached',
          `An organization has at most ${MAX_ACTIVE_KEYS} active ${wanted.environment} keys: revoke one first`,
        )
      await insertKey(tx, row)
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'key.created',
        target: row.id,
        ip,
        details: { name: row.name },
      })
    })
    return { ...this.#view(row), key: minted.key }
  }

  async list(
    orgId: string,
    filter: { environment?: 'live' | 'test'; status?: KeyView['status'] },
  ): Promise<KeyView[]> {
    await this.flush()
    const views = (await listKeys(this.#db, orgId, filter.environment)).map((row) => this.#view(row))
    return filter.status === undefined ? views : views.filter((view) => view.status === filter.status)
  }

  async get(orgId: string, id: string): Promise<KeyView> {
    await this.flush()
    return this.#view(await this.#getRow(this.#db, orgId, id))
  }

  /** Refuses the key from the next request on; the record stays. Revoking twice changes nothing. */
  async revoke(caller: KeyCaller | SessionCaller, id: string, ip: string): Promise<void> {
    const now = this.#clock.now()
    const row = await this.#db.transaction().execute(async (tx) => {
      const found = await this.#getRow(tx, caller.orgId, id)
      if (found.revokedAt !== null) return found
      await updateKey(tx, caller.orgId, id, { revokedAt: now })
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'key.revoked',
        target: id,
        ip,
        details: { name: found.name },
      })
      return found
    })
    this.#forget(row.hash)
  }

  #forget(hash: string): void {
    this.#generation += 1
    this.#cache?.delete(hash)
  }

  /** Registers INITIAL_API_KEY at first start; a start that finds it changes nothing. */
  async seed(key: string): Promise<void> {
    const described = describeKey(key)
    if ((await findKeyByHash(this.#db, described.hash)) !== undefined) return
    const organization = await findFirstOrganization(this.#db)
    if (organization === undefined) throw new Error('the first organization is missing')
    await insertKey(this.#db, {
      ...emptyKey,
      id: newId('key'),
      orgId: organization.id,
      environment: 'live',
      name: 'INITIAL_API_KEY',
      hash: described.hash,
      start: described.start,
      last4: described.last4,
      permissions: 'read,write,admin',
      createdAt: this.#clock.now(),
      createdBy: organization.rootUsername,
    })
  }

  async countActive(orgId: string, environment: 'live' | 'test'): Promise<number> {
    return countActiveKeys(this.#db, orgId, environment, this.#clock.now())
  }

  /** Writes counted uses to the database. What fails to be written is kept for the next time. */
  async flush(): Promise<void> {
    if (this.#uses.size === 0) return
    const uses = this.#uses
    this.#uses = new Map()
    try {
      await this.#db.transaction().execute(async (tx) => {
        for (const [id, use] of uses) await addKeyUse(tx, id, use)
      })
    } catch (err) {
      for (const [id, use] of uses) {
        const newer = this.#uses.get(id)
        this.#uses.set(id, newer === undefined ? use : { ...newer, requests: newer.requests + use.requests })
      }
      throw err
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#flushTimer)
    await this.flush()
  }

  async #getRow(db: Db, orgId: string, id: string): Promise<ApiKeyTable> {
    const row = await findKey(db, orgId, id)
    if (row === undefined)
      throw new NotFound('key_not_found', `There is no API key ${id} in this organization`)
    return row
  }

  #view(row: ApiKeyTable): KeyView {
    const now = this.#clock.now()
    const isOver = (at: number | null) => at !== null && at <= now
    return {
      id: row.id,
      name: row.name,
      environment: row.environment,
      permissions: permissionsOf(row),
      allowedIps: JSON.parse(row.allowedIps) as string[],
      rateLimits: row.rateLimits === null ? null : (JSON.parse(row.rateLimits) as Record<string, number>),
      start: row.start,
      last4: row.last4,
      createdAt: iso(row.createdAt),
      createdBy: row.createdBy,
      expiresAt: row.expiresAt === null ? null : iso(row.expiresAt),
      lastUsedAt: row.lastUsedAt === null ? null : iso(row.lastUsedAt),
      lastUsedIp: row.lastUsedIp,
      requestCount: row.requestCount,
      revokedAt: row.revokedAt === null ? null : iso(row.revokedAt),
      rotatedTo: row.rotatedTo,
      status:
        row.revokedAt !== null
          ? 'revoked'
          : isOver(row.expiresAt) || isOver(row.graceEndsAt)
            ? 'expired'
            : row.graceEndsAt !== null
              ? 'expiring'
              : 'active',
      rotationDue: row.revokedAt === null && now - row.createdAt > ROTATION_REMINDER_MS,
    }
  }
}

const emptyKey = {
  allowedIps: '[]',
  rateLimits: null,
  expiresAt: null,
  lastUsedAt: null,
  lastUsedIp: null,
  requestCount: 0,
  revokedAt: null,
  rotatedTo: null,
  graceEndsAt: null,
  encryptedSecret: null,
}
const iso = (at: number) => new Date(at).toISOString()
const permissionsOf = (row: { permissions: string }) => row.permissions.split(',') as KeyPermission[]
