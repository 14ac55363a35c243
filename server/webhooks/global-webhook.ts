import type { Insertable } from 'kysely'
import { findFirstOrganization } from '../accounts/store.ts'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { Conflict } from '../errors.ts'
import type { SessionCaller } from '../http/caller.ts'
import { findWebhookSecret } from '../keys/store.ts'
import { findSetting, putSetting } from '../settings.ts'
import type { Vault } from '../vault.ts'
import { OPENVIDU_EVENTS } from './outbox.ts'
import {
  findGlobalWebhook,
  findWebhooksOfKey,
  insertWebhook,
  updateWebhook,
  type WebhookTable,
} from './store.ts'
import { type Origin, refusePrivate, type Webhooks } from './webhooks.ts'

const SEEDED = 'initialWebhook'

interface GlobalConfig {
  enabled: boolean
  url: string
}

/**
 * The one webhook that OpenVidu Meet knows for a whole deployment (contract/openvidu-meet.md 5.4): a subscription to
 * its events among the others, signed with the organization's key of OpenVidu's kind (contract/parley.md 8).
 */
export class GlobalWebhook {
  readonly #db: Db
  readonly #clock: Clock
  readonly #vault: Vault
  readonly #webhooks: Webhooks

  constructor(options: { db: Db; clock: Clock; vault: Vault; webhooks: Webhooks }) {
    this.#db = options.db
    this.#clock = options.clock
    this.#vault = options.vault
    this.#webhooks = options.webhooks
  }

  async get(orgId: string): Promise<GlobalConfig> {
    const row = await findGlobalWebhook(this.#db, orgId)
    return { enabled: row?.enabled === 1, url: row?.url ?? '' }
  }

  /** Sets it. Throws Conflict `webhook_secret_missing` when it is to be on and there is no key to sign with. */
  async put(
    caller: SessionCaller,
    { enabled, url }: { enabled: boolean; url?: string | undefined },
    origin: Origin,
  ): Promise<GlobalConfig> {
    if (url !== undefined) await refusePrivate(url, origin.isPrivateAllowed)
    const now = this.#clock.now()
    await this.#db.transaction().execute(async (tx) => {
      const old = await findGlobalWebhook(tx, caller.orgId)
      const key = await this.#signingKey(tx, caller.orgId)
      if (enabled && key === null)
        throw new Conflict(
          'webhook_secret_missing',
          'There is no API key to sign webhooks with: make one with POST /api-keys, or use a webhook with a secret of its own',
          { error: 'Webhook Error' },
        )
      const target = url ?? old?.url
      if (target === undefined) return
      const change = {
        url: target,
        enabled: enabled ? 1 : 0,
        disabledReason: null,
        failingSince: null,
        lastError: null,
      }
      if (old !== undefined) {
        const secret = key === null ? {} : { secret: this.#vault.seal(key.secret, old.id), keyId: key.id }
        const since = enabled && old.enabled === 0 ? { enabledAt: now } : {}
        await updateWebhook(tx, old.id, { ...change, ...secret, ...since })
      } else await insertWebhook(tx, { ...this.#row(caller, target, key), ...change })
      await audit(tx, now, {
        orgId: caller.orgId,
        caller,
        action: 'webhook.global',
        ip: origin.ip,
        details: { enabled, url: target },
      })
    })
    return this.get(caller.orgId)
  }

  /** Makes it of INITIAL_WEBHOOK_URL, signed with INITIAL_API_KEY; at the first start with both, and never again. */
  async seed(url: string): Promise<void> {
    if ((await findSetting(this.#db, SEEDED)) !== undefined) return
    const organization = await findFirstOrganization(this.#db)
    if (organization === undefined) throw new Error('the first organization is missing')
    await this.#db.transaction().execute(async (tx) => {
      const key = await this.#signingKey(tx, organization.id)
      if (key === null) return
      await putSetting(tx, SEEDED, url)
      if ((await findGlobalWebhook(tx, organization.id)) !== undefined) return
      const owner = { orgId: organization.id, username: organization.rootUsername }
      await insertWebhook(tx, this.#row(owner, url, key))
    })
  }

  #row(
    { orgId, username }: { orgId: string; username: string },
    url: string,
    key: { id: string; secret: string } | null,
  ): Insertable<WebhookTable> {
    const row = this.#webhooks.newRow(
      { orgId, environment: 'live', username },
      { url, events: OPENVIDU_EVENTS, ...(key === null ? {} : { secret: key.secret }) },
    )
    return { ...row, isGlobal: 1, keyId: key?.id ?? null }
  }

  /** The organization's webhook secret: the newest key of which there is a copy. */
  async #signingKey(db: Db, orgId: string): Promise<{ id: string; secret: string } | null> {
    const row = await findWebhookSecret(db, orgId, this.#clock.now())
    if (row === undefined || row.encryptedSecret === null) return null
    const secret = this.#vault.open(row.encryptedSecret, row.id)
    return secret === null ? null : { id: row.id, secret }
  }

  /** Within the transaction that revokes a key: what it signs ends with it. */
  async keyRevoked(tx: Db, orgId: string, keyId: string): Promise<void> {
    for (const { id, enabled } of await findWebhooksOfKey(tx, orgId, keyId))
      if (enabled === 1) await updateWebhook(tx, id, { enabled: 0, disabledReason: 'key_revoked' })
  }

  /** Within the transaction that replaces a key: what it signed is signed with the new one. */
  async keyReplaced(
    tx: Db,
    orgId: string,
    oldKeyId: string,
    fresh: { id: string; secret: string },
  ): Promise<void> {
    for (const { id } of await findWebhooksOfKey(tx, orgId, oldKeyId))
      await updateWebhook(tx, id, { secret: this.#vault.seal(fresh.secret, id), keyId: fresh.id })
  }

  /** The text to sign a test with, if the organization (null: the first) has a key for it. */
  async secretOf(orgId: string | null): Promise<string | null> {
    const id = orgId ?? (await findFirstOrganization(this.#db))?.id
    return id === undefined ? null : ((await this.#signingKey(this.#db, id))?.secret ?? null)
  }
}
