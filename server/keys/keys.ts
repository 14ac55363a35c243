import { type BlockList, isIP } from 'node:net'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { Conflict, Forbidden, NotFound, Unauthorized } from '../errors.ts'
import type { KeyCaller, KeyPermission, SessionCaller } from '../http/caller.ts'
import { newId } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Vault } from '../vault.ts'
import { findFirstOrganization, lockOrganization } from '../accounts/store.ts'
import { emitKeyEvent } from './events.ts'
import { classifyKey, describeKey, hashKey, mintKey } from './key-format.ts'
import {
  blockListOf,
  type CreateKey,
  type KeyUsageView,
  type KeyView,
  type KeyWithSecret,
  type UpdateKey,
} from './schema.ts'
import {
  type ApiKeyTable,
  countActiveKeys,
  findKey,
  findKeyByHash,
  insertKey,
  listKeys,
  updateKey,
} from './store.ts'
import { KeyUsage, listKeyRequests, listKeyUsage } from './usage.ts'

/** Active keys in one environment of an organization. */
export const MAX_ACTIVE_KEYS = 5
const INITIAL_KEY_NAME = 'INITIAL_API_KEY'
const DAY_MS = 24 * 3_600_000
const ROTATION_REMINDER_MS = 90 * DAY_MS
/** A key's row with what its checks need ready-made. */
type KeyRow = NonNullable<Awaited<ReturnType<typeof findKeyByHash>>> & {
  allowed: BlockList | null
  limits: KeyCaller['rateLimits']
}

interface Options {
  database: Database
  config: Config
  clock: Clock
  log: Logger
  vault: Vault
  /** Within the transaction that revokes a key. */
  onRevoke: (tx: Db, orgId: string, keyId: string) => Promise<void>
}

/** API keys: minted here, verified on each request, counted, revoked at once. */
export class Keys {
  readonly #db: Db
  readonly #prefix: string
  readonly #clock: Clock
  readonly #vault: Vault
  readonly #onRevoke: Options['onRevoke']
  readonly usage: KeyUsage
  /** Rows by hash. Only where this process alone writes the database can a copy be trusted. */
  readonly #cache: Map<string, KeyRow> | null
  /** Counts invalidations: a row read before one must not be cached after it. */
  #generation = 0

  constructor(options: Options) {
    this.#db = options.database.db
    this.#prefix = options.config.keys.prefix
    this.#clock = options.clock
    this.#vault = options.vault
    this.#onRevoke = options.onRevoke
    this.usage = new KeyUsage({ db: this.#db, clock: options.clock, log: options.log })
    this.#cache = options.database.dialect === 'sqlite' ? new Map() : null
  }

  /**
   * Who a key is, and counts the use. Throws Unauthorized `auth_invalid`, `auth_revoked` or `auth_expired`,
   * Forbidden `subscription_required` or `ip_not_allowed`.
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
    if (row.allowed !== null && !isAllowed(row.allowed, ip))
      throw new Forbidden('ip_not_allowed', `This API key may not be used from ${ip}`)
    this.usage.used(row.id, ip)
    return {
      kind: 'key',
      orgId: row.orgId,
      environment: row.environment,
      keyId: row.id,
      name: row.name,
      permissions: permissionsOf(row),
      username: row.rootUsername,
      rateLimits: row.limits,
    }
  }

  async #find(key: string): Promise<KeyRow | undefined> {
    if (key.length > 200 || classifyKey(this.#prefix, key) === 'mistyped') return undefined
    const hash = hashKey(key)
    const known = this.#cache?.get(hash)
    if (known !== undefined) return known
    const generation = this.#generation
    const found = await findKeyByHash(this.#db, hash)
    if (found === undefined) return undefined
    const ranges = JSON.parse(found.allowedIps) as string[]
    const row: KeyRow = {
      ...found,
      allowed: ranges.length === 0 ? null : blockListOf(ranges),
      limits: found.rateLimits === null ? null : (JSON.parse(found.rateLimits) as KeyCaller['rateLimits']),
    }
    if (generation === this.#generation) this.#cache?.set(hash, row)
    return row
  }

  /** Makes a key. Throws Conflict `key_limit_reached` at the sixth active one in an environment. */
  async create(caller: KeyCaller | SessionCaller, wanted: CreateKey, ip: string): Promise<KeyWithSecret> {
    const minted = mintKey(this.#prefix, wanted.environment)
    const now = this.#clock.now()
    const row: ApiKeyTable = {
      ...EMPTY_KEY,
      id: newId('key'),
      orgId: caller.orgId,
      environment: wanted.environment,
      name: wanted.name,
      hash: minted.hash,
      start: minted.start,
      last4: minted.last4,
      permissions: wanted.permissions.join(','),
      allowedIps: JSON.stringify(wanted.allowedIps),
      rateLimits: wanted.rateLimits === null ? null : JSON.stringify(wanted.rateLimits),
      expiresAt: wanted.expiresAt === null ? null : Date.parse(wanted.expiresAt),
      createdAt: now,
      createdBy: caller.username,
    }
    await this.#db.transaction().execute(async (tx) => {
      await lockOrganization(tx, caller.orgId)
      await this.refuseOneTooMany(tx, caller.orgId, wanted.environment, now)
      await insertKey(tx, row)
      await emitKeyEvent(tx, now, 'keyCreated', caller.orgId, this.#view(row))
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

  /** Throws Conflict `key_limit_reached` where no more keys fit; lock the organization before. */
  async refuseOneTooMany(tx: Db, orgId: string, environment: 'live' | 'test', now: number): Promise<void> {
    if ((await countActiveKeys(tx, orgId, environment, now)) >= MAX_ACTIVE_KEYS)
      throw new Conflict(
        'key_limit_reached',
        `An organization has at most ${MAX_ACTIVE_KEYS} active ${environment} keys: revoke one first`,
      )
  }

  async list(
    orgId: string,
    filter: { environment?: 'live' | 'test'; status?: KeyView['status'] },
  ): Promise<KeyView[]> {
    await this.usage.flush()
    const views = (await listKeys(this.#db, orgId, filter.environment)).map((row) => this.#view(row))
    return filter.status === undefined ? views : views.filter((view) => view.status === filter.status)
  }

  async get(orgId: string, id: string): Promise<KeyView> {
    await this.usage.flush()
    return this.#view(await this.#getRow(this.#db, orgId, id))
  }

  /** Refuses the key from the next request on; the record stays. Revoking twice changes nothing. */
  async revoke(caller: KeyCaller | SessionCaller, id: string, ip: string): Promise<void> {
    const now = this.#clock.now()
    const row = await this.#db.transaction().execute(async (tx) => {
      const found = await this.#getRow(tx, caller.orgId, id)
      if (found.revokedAt !== null) return found
      await updateKey(tx, caller.orgId, id, { revokedAt: now })
      await this.#onRevoke(tx, caller.orgId, id)
      await emitKeyEvent(tx, now, 'keyRevoked', caller.orgId, this.#view({ ...found, revokedAt: now }))
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

  /**
   * Registers INITIAL_API_KEY at first start, with a copy to sign webhooks with; a start that finds it changes
   * nothing.
   */
  async seed(key: string): Promise<void> {
    const described = describeKey(key)
    const known = await findKeyByHash(this.#db, described.hash)
    if (known !== undefined) {
      // Seeded by a release that kept no copy.
      const encryptedSecret = this.#vault.seal(key, known.id)
      if (known.name === INITIAL_KEY_NAME && known.encryptedSecret === null)
        await updateKey(this.#db, known.orgId, known.id, { encryptedSecret, origin: 'initial' })
      return
    }
    const organization = await findFirstOrganization(this.#db)
    if (organization === undefined) throw new Error('the first organization is missing')
    const id = newId('key')
    await insertKey(this.#db, {
      ...EMPTY_KEY,
      id,
      encryptedSecret: this.#vault.seal(key, id),
      origin: 'initial',
      orgId: organization.id,
      environment: 'live',
      name: INITIAL_KEY_NAME,
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

  /** Changes name, rights, allowlist, limits or expiry, from the next request on. */
  async update(
    caller: KeyCaller | SessionCaller,
    id: string,
    change: UpdateKey,
    ip: string,
  ): Promise<KeyView> {
    const now = this.#clock.now()
    const row = await this.#db.transaction().execute(async (tx) => {
      const old = await this.#getRow(tx, caller.orgId, id)
      if (old.revokedAt !== null) throw revoked(id)
      const columns: Partial<ApiKeyTable> = {
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.permissions === undefined ? {} : { permissions: change.permissions.join(',') }),
        ...(change.allowedIps === undefined ? {} : { allowedIps: JSON.stringify(change.allowedIps) }),
        ...(change.rateLimits === undefined
          ? {}
          : { rateLimits: change.rateLimits === null ? null : JSON.stringify(change.rateLimits) }),
        ...(change.expiresAt === undefined
          ? {}
          : { expiresAt: change.expiresAt === null ? null : Date.parse(change.expiresAt) }),
      }
      await updateKey(tx, caller.orgId, id, columns)
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'key.updated',
        target: id,
        ip,
        details: { ...change },
      })
      return { ...old, ...columns }
    })
    this.#forget(row.hash)
    return this.#view(row)
  }

  /**
   * Makes a key that takes an old one's place; the old one works until its grace ends and does not count to the
   * limit. Throws Conflict `key_revoked` or `key_rotated` when there is nothing left to replace.
   */
  async rotate(
    caller: KeyCaller | SessionCaller,
    id: string,
    graceSeconds: number,
    ip: string,
  ): Promise<KeyWithSecret> {
    const now = this.#clock.now()
    const { old, row, key } = await this.#db.transaction().execute(async (tx) => {
      await lockOrganization(tx, caller.orgId)
      const found = await this.#getRow(tx, caller.orgId, id)
      if (found.revokedAt !== null) throw revoked(id)
      if (found.rotatedTo !== null)
        throw new Conflict('key_rotated', `API key ${id} has been rotated already: rotate its successor`)
      const minted = mintKey(this.#prefix, found.environment)
      const fresh: ApiKeyTable = {
        ...found,
        ...emptyUse,
        id: newId('key'),
        hash: minted.hash,
        start: minted.start,
        last4: minted.last4,
        createdAt: now,
        createdBy: caller.username,
        encryptedSecret: null,
        origin: null,
      }
      await insertKey(tx, fresh)
      await emitKeyEvent(tx, now, 'keyRotated', caller.orgId, this.#view(fresh))
      await updateKey(tx, caller.orgId, id, { rotatedTo: fresh.id, graceEndsAt: now + graceSeconds * 1000 })
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'key.rotated',
        target: id,
        ip,
        details: { graceSeconds, to: fresh.id },
      })
      return { old: found, row: fresh, key: minted.key }
    })
    this.#forget(old.hash)
    return { ...this.#view(row), key }
  }

  /** Requests over time by group and status, and the last 50. `from` and `to` in ms UTC. */
  async usageOf(
    orgId: string,
    id: string,
    span: { from: number; to: number; interval: 'hour' | 'day' },
  ): Promise<KeyUsageView> {
    await this.#getRow(this.#db, orgId, id)
    await this.usage.flush()
    const series = new Map<string, KeyUsageView['series'][number]>()
    for (const row of await listKeyUsage(this.#db, id, span.from, span.to)) {
      const at = iso(span.interval === 'hour' ? row.hourAt : row.hourAt - (row.hourAt % DAY_MS))
      const name = `${at} ${row.group}`
      const sum = series.get(name) ?? { at, group: row.group, status2xx: 0, status4xx: 0, status5xx: 0 }
      sum.status2xx += row.status2xx
      sum.status4xx += row.status4xx
      sum.status5xx += row.status5xx
      series.set(name, sum)
    }
    const recent = await listKeyRequests(this.#db, id)
    return {
      series: [...series.values()],
      recent: recent.map(({ at, method, route, status, ip, durationMs }) => ({
        at: iso(at),
        method,
        route,
        status,
        ip,
        durationMs,
      })),
    }
  }

  /** Forgets every cached key, after a change of their organization. */
  forgetAll(): void {
    this.#generation += 1
    this.#cache?.clear()
  }

  close(): Promise<void> {
    return this.usage.close()
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
      graceEndsAt: row.graceEndsAt === null ? null : iso(row.graceEndsAt),
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

const emptyUse = {
  lastUsedAt: null,
  lastUsedIp: null,
  requestCount: 0,
  revokedAt: null,
  rotatedTo: null,
  graceEndsAt: null,
}
/** A key without restrictions that nobody has used. */
export const EMPTY_KEY = {
  ...emptyUse,
  allowedIps: '[]',
  rateLimits: null,
  expiresAt: null,
  encryptedSecret: null,
  origin: null,
}
const revoked = (id: string) => new Conflict('key_revoked', `API key ${id} has been revoked`)

/** IPv4 addresses reach an IPv6 socket as ::ffff:a.b.c.d. */
function isAllowed(list: BlockList, ip: string): boolean {
  const address = ip.replace(/^::ffff:/i, '')
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
const iso = (at: number) => new Date(at).toISOString()
const permissionsOf = (row: { permissions: string }) => row.permissions.split(',') as KeyPermission[]
